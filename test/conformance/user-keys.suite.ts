import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../support/elasticsearch/index.ts';
import { expectProblem, type Answer } from '../support/service.js';
import { asKey, prepare, unique, type Subject } from './subject.js';

const LONG_MS = 60_000;
const READER = { reader: { indices: [{ names: ['logs-*'], privileges: ['read'] }] } };

/** What user keys promise, against whatever Elasticsearch is given: real nodes and the sandbox run the same cases. */
export function userKeysSuite(es: () => Endpoint): void {
  let s: Subject;
  const send = (...args: Parameters<Subject['latchkey']['send']>): Promise<Answer> => s.latchkey.send(...args);
  beforeAll(async () => {
    s = await prepare(es());
  }, LONG_MS);
  afterAll(() => s?.latchkey.stop());

  describe('create', () => {
    test('a new key authenticates at Elasticsearch and may do what its descriptors allow, and no more', async () => {
      const { key, secret } = await s.makeKey({ role_descriptors: READER });
      const who = asKey(secret.encoded);
      const authenticated = await s.atElasticsearch('GET', '/_security/_authenticate', undefined, who);
      expect(authenticated.body).toMatchObject({ username: s.callers.manageOwnApiKey.username, authentication_type: 'api_key', api_key: { id: key.id } });
      // Neither index exists: 404 is what somebody with the right to read it is told.
      expect([200, 404]).toContain((await s.atElasticsearch('GET', '/logs-none/_search', undefined, who)).status);
      expect((await s.atElasticsearch('GET', '/other-none/_search', undefined, who)).status).toBe(403);
    });

    test('the answer has the whole key, the secret in every form asked for, Location and ETag', async () => {
      const answer = await send(s.callers.manageOwnApiKey, 'POST', '/v1/user-keys', { name: unique('formats'), expiration: '30d', role_descriptors: READER, metadata: { team: 'x' }, formats: ['json', 'beats', 'logstash'] });
      expect(answer.status).toBe(201);
      const { key, secret } = answer.body;
      expect(key).toMatchObject({ type: 'user', status: 'active', username: s.callers.manageOwnApiKey.username, realm: s.callers.manageOwnApiKey.realm, metadata: { team: 'x' }, restricted: true, expires_in_days: 30, invalidation: null });
      expect(key.expiration - key.creation).toBe(30 * 86_400_000);
      expect(new Date(key.expires_at).getTime()).toBe(key.expiration);
      expect(Buffer.from(secret.encoded, 'base64').toString()).toBe(`${key.id}:${secret.api_key}`);
      expect(secret).toMatchObject({ beats: `${key.id}:${secret.api_key}`, logstash: `${key.id}:${secret.api_key}`, json: { id: key.id, name: key.name, api_key: secret.api_key, encoded: secret.encoded } });
      expect(answer.headers.get('location')).toBe(`/v1/user-keys/${key.id}`);
      const read = await send(s.callers.manageOwnApiKey, 'GET', `/v1/user-keys/${key.id}`);
      expect(read.body).toEqual(key);
      expect(read.headers.get('etag')).toBe(answer.headers.get('etag'));
    });

    test('without descriptors and expiration the key has all rights of its owner, never expires, and says so', async () => {
      const { key, secret } = await s.makeKey();
      expect(key).toMatchObject({ restricted: false, role_descriptors: {}, expiration: null, expires_at: null, expires_in_days: null });
      expect(Object.keys(secret).sort()).toEqual(['api_key', 'encoded']);
    });

    test('an RFC 3339 instant is kept to the second and never exceeded', async () => {
      const wanted = Date.now() + 3_600_000;
      const { key } = await s.makeKey({ expiration: new Date(wanted).toISOString() });
      expect(key['expiration']).toBeLessThanOrEqual(wanted + 1000);
      expect(key['expiration']).toBeGreaterThan(wanted - 5000);
    });

    test('a key is refused by Elasticsearch after its end and is listed as expired', async () => {
      const { key, secret } = await s.makeKey({ expiration: '2s' });
      await sleep(2600);
      expect((await s.atElasticsearch('GET', '/_security/_authenticate', undefined, asKey(secret.encoded))).status).toBe(401);
      expectProblem(await send(asKey(secret.encoded), 'GET', '/v1/session'), 401, 'auth.invalid');
      expect((await send(s.callers.manageOwnApiKey, 'GET', `/v1/user-keys/${key.id}`)).body).toMatchObject({ status: 'expired', expires_in_days: 0 });
      expectProblem(await send(s.callers.manageOwnApiKey, 'PATCH', `/v1/user-keys/${key.id}`, { expiration: '1d' }), 409, 'key.expired');
    });

    test('metadata come back as they were sent, integers beyond 2^53 included', async () => {
      const metadata = { deep: { list: [1, 'a', null, true] }, 'dotted.name': 'x', constructor: 'y' };
      const { key } = await s.makeKey({ metadata });
      expect(key['metadata']).toEqual(metadata);
      const name = unique('digits');
      const response = await fetch(`${s.latchkey.url}/v1/user-keys`, { method: 'POST', headers: { authorization: s.callers.manageOwnApiKey.authorization, 'content-type': 'application/json' }, body: `{"name":"${name}","metadata":{"n":12345678901234567890}}` });
      expect(await response.text()).toContain('"n":12345678901234567890');
    });

    test.each(['true', 'wait_for', 'false'])('refresh=%s is passed on, and the key authenticates at once', async (refresh) => {
      const answer = await send(s.callers.manageOwnApiKey, 'POST', `/v1/user-keys?refresh=${refresh}`, { name: unique('refresh') });
      expect(answer.status).toBe(201);
      expect((await s.atElasticsearch('GET', '/_security/_authenticate', undefined, asKey(answer.body.secret.encoded))).status).toBe(200);
    });

    test('an Idempotency-Key makes one key, however often it is sent', async () => {
      const name = unique('once');
      const headers = { 'idempotency-key': unique('idempotent') };
      const first = await send(s.callers.manageOwnApiKey, 'POST', '/v1/user-keys', { name }, headers);
      const again = await send(s.callers.manageOwnApiKey, 'POST', '/v1/user-keys', { name }, headers);
      expectProblem(again, 409, 'request.already-done');
      expect(again.body.key_id).toBe(first.body.key.id);
      expectProblem(await send(s.callers.manageOwnApiKey, 'POST', '/v1/user-keys', { name: unique('other') }, headers), 422, 'request.idempotency-mismatch');
      expect((await send(s.callers.manageOwnApiKey, 'GET', `/v1/user-keys?name=${name}`)).body.total).toBe(1);
    });

    test.each([
      ['an empty name', { name: '' }, '/name'],
      ['a name of 257 characters', { name: 'x'.repeat(257) }, '/name'],
      ['a name with a control character', { name: 'a\u0007b' }, '/name'],
      ['a name with a blank at its end', { name: 'a ' }, '/name'],
      ['a name that starts with _', { name: '_a' }, '/name'],
      ['no name', {}, '/name'],
      ['an expiration without unit', { name: 'a', expiration: '5' }, '/expiration'],
      ['an expiration in the past', { name: 'a', expiration: '2020-01-01T00:00:00Z' }, '/expiration'],
      ['an expiration that overflows', { name: 'a', expiration: '106751991167d' }, '/expiration'],
      ['an expiration of zero', { name: 'a', expiration: '0s' }, '/expiration'],
      ['an impossible date', { name: 'a', expiration: '2099-02-30T00:00:00Z' }, '/expiration'],
      ['reserved metadata', { name: 'a', metadata: { _x: 1 } }, '/metadata/_x'],
      ['metadata null', { name: 'a', metadata: null }, '/metadata'],
      ['descriptors as a list', { name: 'a', role_descriptors: [] }, '/role_descriptors'],
      ['a descriptor that is no object', { name: 'a', role_descriptors: { r: 1 } }, '/role_descriptors/r'],
      ['an unknown privilege', { name: 'a', role_descriptors: { r: { cluster: ['nope'] } } }, '/role_descriptors'],
      ['an unknown field of a descriptor', { name: 'a', role_descriptors: { r: { foo: 1 } } }, '/role_descriptors'],
      ['an unknown field', { name: 'a', foo: 1 }, '/foo'],
      ['an unknown format', { name: 'a', formats: ['pem'] }, '/formats'],
      ['a mark of managed keys', { name: 'a', metadata: { managed: true } }, '/metadata/managed'],
      ['a name of managed keys', { name: 'Alerting: x' }, '/name'],
      ['the metadata of this service', { name: 'a', metadata: { latchkey: {} } }, '/metadata/latchkey'],
    ])('%s is refused with its place', async (_what, body, pointer) => {
      expectProblem(await send(s.callers.manageOwnApiKey, 'POST', '/v1/user-keys', body), 400, 'request.invalid', pointer);
    });
  });

  describe('list and summary', () => {
    test('every filter finds exactly its keys', async () => {
      const tag = unique('f');
      const before = Date.now() - 1000;
      const [plain, expiring, dead] = await Promise.all([s.makeKey({ name: `${tag}-plain` }), s.makeKey({ name: `${tag}-expiring`, expiration: '10d' }), s.makeKey({ name: `${tag}-dead` })]);
      await send(s.callers.manageOwnApiKey, 'DELETE', `/v1/user-keys/${dead.key.id}`);
      const names = async (query: string): Promise<string[]> => {
        const answer = await send(s.callers.superuser, 'GET', `/v1/user-keys?name_prefix=${tag}&sort=name&${query}`);
        expect(answer.status).toBe(200);
        expect(answer.body.total).toBe(answer.body.items.length);
        return answer.body.items.map((key: { name: string }) => key.name.slice(tag.length + 1));
      };
      expect(await names('')).toEqual(['dead', 'expiring', 'plain']);
      expect(await names('status=active')).toEqual(['expiring', 'plain']);
      expect(await names('status=invalidated')).toEqual(['dead']);
      expect(await names('status=expired')).toEqual([]);
      expect(await names(`name=${tag}-plain`)).toEqual(['plain']);
      expect(await names(`username=${s.callers.manageOwnApiKey.username}`)).toEqual(['dead', 'expiring', 'plain']);
      expect(await names(`username=${s.callers.manageApiKey.username}`)).toEqual([]);
      expect(await names(`realm=${s.callers.manageOwnApiKey.realm}`)).toEqual(['dead', 'expiring', 'plain']);
      expect(await names('realm=elsewhere')).toEqual([]);
      expect(await names(`created_after=${before}`)).toEqual(['dead', 'expiring', 'plain']);
      expect(await names(`created_before=${before}`)).toEqual([]);
      expect(await names(`expires_after=${new Date().toISOString()}`)).toEqual(['expiring']);
      expect(await names(`expires_before=${Date.now() + 86_400_000}`)).toEqual([]);
      expect(plain.key.id).not.toBe(expiring.key.id);
    }, LONG_MS);

    test('every sort orders as it says, keys that never expire last to expire', async () => {
      const tag = unique('s');
      for (const [name, expiration] of [['b', '2d'], ['a', undefined], ['c', '1d']] as const) await s.makeKey({ name: `${tag}-${name}`, ...(expiration && { expiration }) });
      const order = async (sort: string): Promise<string> => {
        const { body } = await send(s.callers.manageOwnApiKey, 'GET', `/v1/user-keys?name_prefix=${tag}&sort=${sort}`);
        return body.items.map((key: { name: string }) => key.name.at(-1)).join('');
      };
      expect(await order('name')).toBe('abc');
      expect(await order('-name')).toBe('cba');
      expect(await order('creation')).toBe('bac');
      expect(await order('-creation')).toBe('cab');
      expect(await order('expiration')).toBe('cba');
      expect(await order('-expiration')).toBe('abc');
    });

    test.each(['-creation', 'name', 'expiration'])('pages sorted by %s are whole and without repeats while keys come in, even when all names are alike', async (sort) => {
      const name = unique('alike');
      const made = await Promise.all(Array.from({ length: 7 }, () => s.makeKey({ name })));
      const seen: string[] = [];
      let cursor: string | null = null;
      for (let page = 0; page < 20; page += 1) {
        const answer: Answer = await send(s.callers.manageOwnApiKey, 'GET', `/v1/user-keys?name=${name}&sort=${sort}&size=2${cursor === null ? '' : `&cursor=${cursor}`}`);
        expect(answer.status).toBe(200);
        seen.push(...answer.body.items.map((key: { id: string }) => key.id));
        cursor = answer.body.next_cursor;
        if (cursor === null) break;
        await s.makeKey({ name: `${name}-later` });
      }
      expect([...seen].sort()).toEqual(made.map(({ key }) => key.id).sort());
    }, LONG_MS);

    test('a cursor that was tampered with, or of another question, is refused', async () => {
      const tag = unique('t');
      await Promise.all([s.makeKey({ name: `${tag}-1` }), s.makeKey({ name: `${tag}-2` })]);
      const { body } = await send(s.callers.manageOwnApiKey, 'GET', `/v1/user-keys?name_prefix=${tag}&size=1`);
      const cursor: string = body.next_cursor;
      const damaged = `${cursor[0] === 'A' ? 'B' : 'A'}${cursor.slice(1)}`;
      for (const query of [`name_prefix=${tag}&size=1&cursor=${damaged}`, `name_prefix=${tag}x&size=1&cursor=${cursor}`, `name_prefix=${tag}&sort=name&cursor=${cursor}`, 'cursor=x']) {
        expectProblem(await send(s.callers.manageOwnApiKey, 'GET', `/v1/user-keys?${query}`), 400, 'request.invalid', 'query:cursor');
      }
    });

    test('managed and cross-cluster keys are not among user keys, and are told where they are', async () => {
      const tag = unique('k');
      const managed = (await s.atElasticsearch('POST', '/_security/api_key?refresh=true', { name: `${tag}-m`, metadata: { managed: true } })).body.id;
      const alerting = (await s.atElasticsearch('POST', '/_security/api_key?refresh=true', { name: `Alerting: ${tag}` })).body.id;
      const crossCluster = (await s.atElasticsearch('POST', '/_security/cross_cluster/api_key', { name: `${tag}-x`, access: { search: [{ names: ['logs-*'] }] } })).body.id;
      expect((await send(s.callers.superuser, 'GET', `/v1/user-keys?name_prefix=${tag}`)).body.items).toEqual([]);
      for (const [id, code, see] of [[managed, 'key.managed', 'managed-keys'], [alerting, 'key.managed', 'managed-keys'], [crossCluster, 'key.wrong-type', 'cross-cluster-keys']] as const) {
        for (const [method, body] of [['GET'], ['PATCH', { metadata: {} }], ['DELETE']] as const) {
          const answer = await send(s.callers.superuser, method, `/v1/user-keys/${id}`, body);
          expectProblem(answer, 409, code);
          expect(answer.body.see).toBe(`/v1/${see}/${id}`);
        }
      }
      const { body } = await send(s.callers.superuser, 'POST', '/v1/user-keys/_invalidate', { ids: [managed, alerting, crossCluster] });
      expect(body.errors.map((error: { code: string }) => error.code)).toEqual(['key.managed', 'key.managed', 'key.wrong-type']);
      const alive = await s.atElasticsearch('POST', '/_security/_query/api_key', { query: { ids: { values: [managed, alerting, crossCluster] } } });
      expect(alive.body.api_keys.map((key: { invalidated: boolean }) => key.invalidated)).toEqual([false, false, false]);
    }, LONG_MS);

    test('the summary counts what the list lists', async () => {
      const who = s.callers.secondManageOwnApiKey;
      const made = await Promise.all([s.makeKey({}, who), s.makeKey({ expiration: '5d' }, who), s.makeKey({}, who)]);
      await send(who, 'DELETE', `/v1/user-keys/${made[0].key.id}`);
      const { body } = await send(who, 'GET', '/v1/user-keys/_summary');
      expect(body).toEqual({
        total: 3,
        by_type: { user: 3, cross_cluster: 0, managed: 0 },
        by_status: { active: 2, expired: 0, invalidated: 1 },
        by_owner: [{ username: who.username, realm: who.realm, count: 3 }],
      });
    });
  });

  describe('ownership', () => {
    test('a caller with manage_own_api_key cannot see, change or invalidate the key of another user', async () => {
      const { key, secret } = await s.makeKey();
      const other = s.callers.secondManageOwnApiKey;
      expectProblem(await send(other, 'GET', `/v1/user-keys/${key.id}`), 404, 'key.not-found');
      expectProblem(await send(other, 'PATCH', `/v1/user-keys/${key.id}`, { metadata: {} }), 404, 'key.not-found');
      expectProblem(await send(other, 'DELETE', `/v1/user-keys/${key.id}`), 404, 'key.not-found');
      expect((await send(other, 'GET', `/v1/user-keys?name=${key.name}`)).body.total).toBe(0);
      expect((await send(other, 'POST', '/v1/user-keys/_invalidate', { ids: [key.id] })).body.errors).toMatchObject([{ id: key.id, code: 'key.not-found' }]);
      expect((await s.atElasticsearch('GET', '/_security/_authenticate', undefined, asKey(secret.encoded))).status).toBe(200);
    });

    test('a manager sees every key and can invalidate it, but only its owner can update it', async () => {
      const { key } = await s.makeKey();
      expect((await send(s.callers.manageApiKey, 'GET', `/v1/user-keys/${key.id}?with_limited_by=true`)).body.limited_by).toHaveLength(1);
      const refused = await send(s.callers.manageApiKey, 'PATCH', `/v1/user-keys/${key.id}`, { metadata: { a: 1 } });
      expectProblem(refused, 403, 'key.not-owner');
      expect(refused.body.owner).toEqual({ username: s.callers.manageOwnApiKey.username, realm: s.callers.manageOwnApiKey.realm });
      expect((await send(s.callers.manageApiKey, 'DELETE', `/v1/user-keys/${key.id}`)).status).toBe(204);
    });

    test('unknown ids are 404, and ids that cannot be ids are 400', async () => {
      for (const method of ['GET', 'DELETE']) expectProblem(await send(s.callers.superuser, method, '/v1/user-keys/nosuchkeynosuchkey00'), 404, 'key.not-found');
      expectProblem(await send(s.callers.superuser, 'GET', '/v1/user-keys/%2e%2e%2f_all'), 400, 'request.invalid', 'path:id');
    });
  });

  describe('update', () => {
    test('changes what it names and leaves the rest', async () => {
      const { key } = await s.makeKey({ role_descriptors: READER, metadata: { a: 1 }, expiration: '1d' });
      const path = `/v1/user-keys/${key.id}`;
      const metadata = await send(s.callers.manageOwnApiKey, 'PATCH', path, { metadata: { b: 2 } });
      expect(metadata.body).toMatchObject({ updated: true, key: { metadata: { b: 2 }, role_descriptors: key['role_descriptors'], expiration: key['expiration'] } });
      expect((await send(s.callers.manageOwnApiKey, 'PATCH', path, { metadata: { b: 2 } })).body.updated).toBe(false);
      const longer = await send(s.callers.manageOwnApiKey, 'PATCH', path, { expiration: '9d' });
      expect(longer.body.key).toMatchObject({ expires_in_days: 9, metadata: { b: 2 } });
      const narrower = await send(s.callers.manageOwnApiKey, 'PATCH', path, { role_descriptors: { none: {} } });
      expect(narrower.body.key).toMatchObject({ restricted: true, metadata: { b: 2 } });
    }, LONG_MS);

    test('giving a key all rights of its owner has to be said twice', async () => {
      const { key } = await s.makeKey({ role_descriptors: READER });
      const path = `/v1/user-keys/${key.id}`;
      expectProblem(await send(s.callers.manageOwnApiKey, 'PATCH', path, { role_descriptors: {} }), 400, 'request.invalid', '/role_descriptors');
      expect((await send(s.callers.manageOwnApiKey, 'GET', path)).body.restricted).toBe(true);
      expect((await send(s.callers.manageOwnApiKey, 'PATCH', path, { role_descriptors: {}, allow_full_privileges: true })).body.key.restricted).toBe(false);
    });

    test.each([
      ['name', { name: 'new' }, '/name'],
      ['type', { type: 'managed' }, '/type'],
      ['nothing', {}, ''],
      ['null metadata', { metadata: null }, '/metadata'],
      ['null expiration', { expiration: null }, '/expiration'],
      ['a mark of managed keys', { metadata: { managed: true } }, '/metadata/managed'],
      ['bad descriptors', { role_descriptors: { r: { indices: [{ names: ['a'] }] } } }, '/role_descriptors'],
    ])('an update of %s is refused with its place', async (_what, body, pointer) => {
      const { key } = await s.makeKey();
      expectProblem(await send(s.callers.manageOwnApiKey, 'PATCH', `/v1/user-keys/${key.id}`, body), 400, 'request.invalid', pointer);
    });

    test('If-Match lets an update through only while the key is in that state', async () => {
      const { key } = await s.makeKey();
      const path = `/v1/user-keys/${key.id}`;
      const etag = (await send(s.callers.manageOwnApiKey, 'GET', path)).headers.get('etag') ?? '';
      const changed = await send(s.callers.manageOwnApiKey, 'PATCH', path, { metadata: { n: 1 } }, { 'if-match': etag });
      expect(changed.status).toBe(200);
      expectProblem(await send(s.callers.manageOwnApiKey, 'PATCH', path, { metadata: { n: 2 } }, { 'if-match': etag }), 412, 'request.precondition-failed');
    });
  });

  describe('invalidate', () => {
    test('an invalidated key is refused by Elasticsearch, stays listed, and cannot be changed', async () => {
      const { key, secret } = await s.makeKey();
      const path = `/v1/user-keys/${key.id}`;
      expect((await send(s.callers.manageOwnApiKey, 'DELETE', path)).status).toBe(204);
      expect((await s.atElasticsearch('GET', '/_security/_authenticate', undefined, asKey(secret.encoded))).status).toBe(401);
      expect((await send(s.callers.manageOwnApiKey, 'GET', path)).body).toMatchObject({ status: 'invalidated', invalidation: expect.any(Number) });
      expect((await send(s.callers.manageOwnApiKey, 'DELETE', path)).status).toBe(204);
      expectProblem(await send(s.callers.manageOwnApiKey, 'PATCH', path, { metadata: {} }), 409, 'key.invalidated');
    });

    test('each id of a batch has its own outcome', async () => {
      const [own, dead, others] = await Promise.all([s.makeKey(), s.makeKey(), s.makeKey({}, s.callers.secondManageOwnApiKey)]);
      await send(s.callers.manageOwnApiKey, 'DELETE', `/v1/user-keys/${dead.key.id}`);
      const ids = [own.key.id, dead.key.id, others.key.id, 'nosuchkeynosuchkey00'];
      const { status, body } = await send(s.callers.manageOwnApiKey, 'POST', '/v1/user-keys/_invalidate', { ids });
      expect(status).toBe(200);
      expect(body).toMatchObject({ invalidated: [own.key.id], previously_invalidated: [dead.key.id], errors: [{ id: others.key.id, code: 'key.not-found' }, { id: ids[3], code: 'key.not-found' }] });
    }, LONG_MS);

    test.each([
      ['no ids', { ids: [] }],
      ['101 ids', { ids: Array.from({ length: 101 }, (_, index) => `id${index}`) }],
      ['a blank id', { ids: [''] }],
      ['one id twice', { ids: ['a', 'a'] }],
      ['no list', { ids: 'a' }],
      ['null', { ids: null }],
      ['an owner instead of ids', { owner: true }],
    ])('%s are refused, and nothing is invalidated', async (_what, body) => {
      const { key } = await s.makeKey();
      expectProblem(await send(s.callers.manageOwnApiKey, 'POST', '/v1/user-keys/_invalidate', body), 400, 'request.invalid');
      expect((await send(s.callers.manageOwnApiKey, 'GET', `/v1/user-keys/${key.id}`)).body.status).toBe('active');
    });
  });

  describe('callers', () => {
    test('a wrong password is 401 with the ways to authenticate', async () => {
      const answer = await send(s.callers.wrongPassword, 'GET', '/v1/user-keys');
      expectProblem(answer, 401, 'auth.invalid');
      expect(answer.headers.get('www-authenticate')).toContain('Basic');
    });

    test.each(['Basic', 'Basic %%%', 'Bearer ', 'Digest x', 'ApiKey bm90LWEta2V5', 'ApiKey !!!', 'Bearer nonsense'])('the credential "%s" is 401', async (authorization) => {
      const answer = await send(authorization, 'GET', '/v1/session');
      expect(answer.status).toBe(401);
      expect(answer.body.code).toBe('auth.invalid');
    });

    test('an API key can make only keys without rights, and can update none', async () => {
      expectProblem(await send(s.callers.apiKey, 'POST', '/v1/user-keys', { name: unique('derived') }), 400, 'caller.is-api-key');
      const derived = await send(s.callers.apiKey, 'POST', '/v1/user-keys', { name: unique('derived'), role_descriptors: { none: {} } });
      expect(derived.status).toBe(201);
      const { key } = await s.makeKey({}, s.callers.manageApiKey);
      expectProblem(await send(s.callers.apiKey, 'PATCH', `/v1/user-keys/${key.id}`, { metadata: {} }), 400, 'caller.is-api-key');
    });

    test('an API key with manage_own_api_key sees and ends itself alone', async () => {
      const { key, secret } = await s.makeKey();
      const other = await s.makeKey();
      const who = asKey(secret.encoded);
      expect((await send(who, 'GET', '/v1/user-keys')).body.items.map((item: { id: string }) => item.id)).toEqual([key.id]);
      expectProblem(await send(who, 'DELETE', `/v1/user-keys/${other.key.id}`), 404, 'key.not-found');
      expect((await send(who, 'DELETE', `/v1/user-keys/${key.id}`)).status).toBe(204);
      expect((await s.atElasticsearch('GET', '/_security/_authenticate', undefined, who)).status).toBe(401);
    });

    test('the session tells each caller who it is, what it holds and what is open to it', async () => {
      const session = async (name: keyof Subject['callers']) => (await send(s.callers[name], 'GET', '/v1/session')).body;
      expect(await session('superuser')).toMatchObject({ username: s.es.username, privileges: { manage_security: true, monitor: true }, license: { status: 'active' }, elasticsearch: { version: expect.any(String) } });
      const own = await session('manageOwnApiKey');
      expect(own).toMatchObject({ realm: { name: s.callers.manageOwnApiKey.realm, type: 'native' }, privileges: { manage_security: false, manage_own_api_key: true }, license: null });
      expect(own.operations).toContain('user-keys.create');
      expect(own.operations).not.toContain('cross-cluster-keys.create');
      expect((await session('none')).operations).not.toContain('user-keys.list');
      expect(await session('apiKey')).toMatchObject({ authentication_type: 'api_key' });
      expect((await session('bearer')).username).toBe(s.callers.bearer.username);
    });
  });
}
