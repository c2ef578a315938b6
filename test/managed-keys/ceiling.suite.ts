import { must, type Json } from '../support/elasticsearch/http.ts';
import { codeOf, KEYS, READER, type Fixture, type Who } from './fixture.ts';

/** Needs a node that searches. @param clones whether this Elasticsearch can clone keys (9.4 and later). */
export function ceilingSuite(fixture: () => Fixture, clones: boolean): void {
  describe('nobody gets more than it has', () => {
    let index: string;
    let limited: Who & { username: string };

    beforeAll(async () => {
      const f = fixture();
      index = `logs-${f.run}`;
      await must(f.es, 'PUT', `/${index}`, { mappings: { properties: { team: { type: 'keyword' } } } });
      for (const team of ['a', 'b', 'b']) await must(f.es, 'POST', `/${index}/_doc?refresh=true`, { team });
      limited = await f.makeUser(f.name('limited'), ['manage_api_key'], undefined, [
        { names: ['logs-*'], privileges: ['read'], query: { term: { team: 'a' } } },
      ]);
    });

    /** How many documents the key finds; the status when it is refused. */
    async function finds(encoded: string): Promise<number | string> {
      const { status, body } = await fixture().elasticsearch(
        { authorization: `ApiKey ${encoded}` },
        'GET',
        `/${index}/_search`,
      );
      return status === 200 ? Number(((body['hits'] as Json)['total'] as Json)['value']) : `refused ${status}`;
    }

    test('comparing privileges would be beaten: Elasticsearch says yes to a caller who sees a part of the documents only', async () => {
      const f = fixture();
      const asked = await f.elasticsearch(limited, 'POST', '/_security/user/_has_privileges', {
        index: [{ names: [index], privileges: ['read'] }],
      });
      expect(asked.body['has_all_requested']).toBe(true);
      const own = await f.elasticsearch(limited, 'GET', `/${index}/_search`);
      expect(((own.body['hits'] as Json)['total'] as Json)['value']).toBe(1);
    });

    test('a caller with a document-level limit makes and rotates keys that have it too, and none of the service', async () => {
      const f = fixture();
      const made = await f.make(limited, {
        role_descriptors: { all: { indices: [{ names: ['logs-*'], privileges: ['all'] }] } },
      });
      const whole = await f.make(limited);
      const rotated = await f.send(limited, 'POST', `${KEYS}/${made.id}/rotate`, { grace: '1h', reason: 'x' });
      expect(
        await Promise.all([finds(made.encoded), finds(whole.encoded), finds(rotated.body.secret.encoded)]),
      ).toEqual([1, 1, 1]);
      expect(codeOf(await f.create(limited, { as: 'service', role_descriptors: READER }))).toBe(
        '403 privilege.missing',
      );
      expect(codeOf(await f.create(limited, { template: f.template, name: f.template }))).toBe(
        '403 template.not-allowed',
      );
      const service = await f.make(f.callers.manageSecurity, { as: 'service', role_descriptors: READER });
      expect(await finds(service.encoded)).toBe(3);
      expect(codeOf(await f.send(limited, 'POST', `${KEYS}/${service.id}/rotate`, { grace: '1h', reason: 'x' }))).toBe(
        '409 rotation.owner-required',
      );
    });

    test('a caller with manage_api_key and no index rights makes a key without any, and rotates no key of others', async () => {
      const f = fixture();
      const bare = await f.makeUser(f.name('bare'), ['manage_api_key'], undefined, []);
      const made = await f.make(bare, { role_descriptors: READER });
      expect(await finds(made.encoded)).toBe('refused 403');
      const wide = await f.make(f.callers.superuser, { role_descriptors: READER });
      expect(await finds(wide.encoded)).toBe(3);
      expect(codeOf(await f.send(bare, 'POST', `${KEYS}/${wide.id}/rotate`, { grace: '1h', reason: 'x' }))).toBe(
        '409 rotation.owner-required',
      );
      const rotated = await f.send(bare, 'POST', `${KEYS}/${made.id}/rotate`, { grace: '1h', reason: 'x' });
      expect(await finds(rotated.body.secret.encoded)).toBe('refused 403');
    });

    test('a caller that is itself an API key makes none with rights, and none of the service', async () => {
      const f = fixture();
      const parent = await f.makeDirectly({ name: f.name('parent') });
      const key = { authorization: `ApiKey ${parent.encoded}` };
      expect(codeOf(await f.create(key, { role_descriptors: READER }))).toBe('400 caller.is-api-key');
      expect(codeOf(await f.create(key, { as: 'service', role_descriptors: READER }))).toBe('400 caller.is-api-key');
      const derived = await f.create(key, { role_descriptors: { none: {} } });
      expect(await finds(derived.body.secret.encoded)).toBe('refused 403');
      const others = await f.make(f.callers.superuser, { role_descriptors: READER });
      expect(codeOf(await f.send(key, 'POST', `${KEYS}/${others.id}/rotate`, { grace: '1h', reason: 'x' }))).toBe(
        '409 rotation.owner-required',
      );
    });

    if (clones) {
      test('whoever holds a limited secret and manage_api_key gets a key with the same limit, whatever rights it has itself', async () => {
        const f = fixture();
        const made = await f.make(limited, { role_descriptors: READER });
        const rotated = await f.send(f.callers.superuser, 'POST', `${KEYS}/${made.id}/rotate`, {
          grace: '1h',
          reason: 'x',
          encoded: made.encoded,
        });
        expect(rotated.body.rotation.way).toBe('clone');
        expect(await finds(rotated.body.secret.encoded)).toBe(1);
      });
    }
  });
}
