import { BROKEN_ACCESS, GOOD_ACCESS } from './access-cases.ts';
import { createDirectly, LOGS, type Fixture } from './fixture.ts';
import { expectProblem, KEYS, pointersOf } from './latchkey.ts';

const FORMATS = ['encoded', 'json', 'beats', 'logstash', 'remote-cluster'];

export function createSuite(fixture: () => Fixture): void {
  describe('create', () => {
    test('answers the key with its owner, its access in words, its route and its entity tag', async () => {
      const { callers, create, latchkey } = fixture();
      const answer = await create({
        name: 'whole',
        expiration: '30d',
        metadata: { team: 'search', n: { deep: [1, 2] } },
      });
      expect(answer.status).toBe(201);
      const { key } = answer.body;
      expect(key).toMatchObject({
        name: 'whole',
        type: 'cross_cluster',
        status: 'active',
        username: callers.manageSecurity.username,
        realm: callers.manageSecurity.realm,
        metadata: { team: 'search', n: { deep: [1, 2] } },
        access: { search: [{ names: ['logs-*'], allow_restricted_indices: false }] },
        access_summary: 'May search logs-*.',
        expires_in_days: 30,
      });
      // The sandbox reads its clock twice.
      expect(Math.abs(key.expiration - key.creation - 30 * 86_400_000)).toBeLessThan(1000);
      expect(key).not.toHaveProperty('role_descriptors');
      expect(key).not.toHaveProperty('certificate_identity');
      expect(answer.headers.get('location')).toBe(`${KEYS}/${key.id}`);
      expect(answer.headers.get('cache-control')).toContain('no-store');
      const read = await latchkey.send(callers.manageSecurity, 'GET', `${KEYS}/${key.id}`);
      expect(read.body).toEqual(key);
      expect(read.headers.get('etag')).toBe(answer.headers.get('etag'));
    });

    test('answers the secret in every format asked for, with the steps of the other cluster holding it', async () => {
      const answer = await fixture().create({
        formats: FORMATS,
        alias: 'alpha',
        mode: 'sniff',
        address: 'es.example.org:9443',
      });
      const { key, secret } = answer.body;
      expect(Buffer.from(secret.encoded, 'base64').toString()).toBe(`${key.id}:${secret.api_key}`);
      expect(secret.json).toMatchObject({
        id: key.id,
        name: key.name,
        api_key: secret.api_key,
        encoded: secret.encoded,
      });
      expect(secret.beats).toBe(`${key.id}:${secret.api_key}`);
      expect(secret.logstash).toBe(`${key.id}:${secret.api_key}`);
      expect(secret.remote_cluster).toMatchObject({ key_id: key.id, alias: 'alpha', mode: 'sniff' });
      const commands = (secret.remote_cluster.steps as Array<{ command: string }>).map(({ command }) => command);
      expect(commands[0]).toBe(
        `$ printf %s '${secret.encoded}' | bin/elasticsearch-keystore add --stdin --force cluster.remote.alpha.credentials`,
      );
      expect(commands[2]).toContain('"es.example.org:9443"');
      expect(commands.filter((command) => command.includes(secret.encoded))).toHaveLength(1);
    });

    test('answers nothing but encoded and api_key when no format is asked for', async () => {
      const { secret } = (await fixture().create()).body;
      expect(Object.keys(secret)).toEqual(['encoded', 'api_key']);
    });

    test('does not make a second key for the same Idempotency-Key', async () => {
      const { callers, latchkey } = fixture();
      const send = (
        body: unknown,
        key = `${callers.manageSecurity.username}-once`.slice(-40),
      ): ReturnType<typeof latchkey.send> =>
        latchkey.send(callers.manageSecurity, 'POST', KEYS, body, { 'idempotency-key': key });
      const body = { name: 'only-once', access: LOGS };
      const first = await send(body);
      expect(first.status).toBe(201);
      const again = await send(body);
      expectProblem(again, 409, 'request.already-done');
      expect(again.body.key_id).toBe(first.body.key.id);
      expect(again.text).not.toContain(first.body.secret.api_key);
      expectProblem(
        await send({ ...body, access: { search: [{ names: ['*'] }] } }),
        422,
        'request.idempotency-mismatch',
      );
      expectProblem(await send(body, 'short'), 400, 'request.invalid', 'header:idempotency-key');
      const list = await latchkey.send(
        callers.manageSecurity,
        'GET',
        `${KEYS}?name=only-once&username=${callers.manageSecurity.username}`,
      );
      expect(list.body.total).toBe(1);
    });

    test('takes every form of access that Elasticsearch takes, and says it in words', async () => {
      const answers = await Promise.all(GOOD_ACCESS.map(({ access }) => fixture().create({ access })));
      expect(answers.map(({ status, body }) => [status, body.key?.access_summary])).toEqual(
        GOOD_ACCESS.map(({ summary }) => [201, summary]),
      );
    });

    test.each(BROKEN_ACCESS)('access $rule: refused at $pointer', async ({ access, pointer, code, es }) => {
      const { create, es: node } = fixture();
      const answer = await create({ access });
      expectProblem(answer, 400, 'request.invalid');
      expect(answer.body.errors).toContainEqual(expect.objectContaining({ pointer, code }));
      if (es) expect(await createDirectly(node, { name: 'broken', access })).toEqual({ status: 400 });
    });

    test.each([
      ['no name', { name: undefined }, '/name'],
      ['an empty name', { name: '' }, '/name'],
      ['a name that begins with _', { name: '_x' }, '/name'],
      ['a name that is too long', { name: 'x'.repeat(257) }, '/name'],
      ['no access', { access: undefined }, '/access'],
      ['access null', { access: null }, '/access'],
      ['metadata reserved for Elasticsearch', { metadata: { _x: 1 } }, '/metadata/_x'],
      ['metadata kept by Latchkey', { metadata: { latchkey: { replaces: 'x' } } }, '/metadata/latchkey'],
      ['metadata null', { metadata: null }, '/metadata'],
      ['an expiration in the past', { expiration: '2001-01-01T00:00:00Z' }, '/expiration'],
      ['an expiration that is none', { expiration: 'soon' }, '/expiration'],
      ['role descriptors', { role_descriptors: {} }, '/role_descriptors'],
      ['an unknown format', { formats: ['xml'] }, '/formats'],
      ['an alias that a shell would run', { alias: "a'$(id)" }, '/alias'],
      ['an address that a shell would run', { address: "h:1'; id" }, '/address'],
      ['an unknown mode', { mode: 'direct' }, '/mode'],
      ['a certificate identity that is no text', { certificate_identity: 5 }, '/certificate_identity'],
      ['a certificate identity null', { certificate_identity: null }, '/certificate_identity'],
      ['an empty certificate identity', { certificate_identity: '' }, '/certificate_identity'],
    ])('refuses %s', async (_what, change, pointer) => {
      const answer = await fixture().create(change);
      expectProblem(answer, 400, 'request.invalid');
      expect(pointersOf(answer)).toEqual([pointer]);
    });
  });
}
