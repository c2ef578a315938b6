import { isOfWorkloads, OPERATIONS } from '../../../src/operations/operations.js';
import type { Caller, CallerName } from '../../support/elasticsearch/index.ts';
import { expectProblem, KEYS, UNKNOWN_ID, type World } from '../world.js';

const REFUSED = ['GET', 'POST', 'PATCH', 'DELETE'] as const;

export function callerCases(w: World): void {
  credentialCases(w);
  keyCallerCases(w);
  sessionCases(w);
}

function credentialCases(w: World): void {
  const everyMethod = (authorization?: string) =>
    Promise.all(
      REFUSED.map((method) => {
        const path = method === 'GET' || method === 'POST' ? KEYS : `${KEYS}/${UNKNOWN_ID}`;
        const body = method === 'POST' ? { name: w.name('nobody') } : method === 'PATCH' ? { metadata: {} } : undefined;
        return w.send(authorization === undefined ? undefined : { authorization }, method, path, body);
      }),
    );

  describe('credentials', () => {
    test('without one every route is 401, and says what can be sent', async () => {
      for (const answer of await everyMethod()) {
        expectProblem(answer, 401, 'auth.missing');
        const challenge = answer.headers.get('www-authenticate') ?? '';
        for (const scheme of ['Basic realm=', 'Bearer realm=', 'ApiKey']) expect(challenge).toContain(scheme);
      }
      expectProblem(await w.send(undefined, 'GET', '/v1/session'), 401, 'auth.missing');
    });

    test('a wrong password is 401', async () => {
      for (const answer of await everyMethod(w.callers.wrongPassword.authorization)) {
        expectProblem(answer, 401, 'auth.invalid');
        expect(answer.headers.get('www-authenticate')).toContain('Basic realm=');
      }
    });

    test.each([
      ['nothing after Basic', 'Basic'],
      ['Basic that is not base64', 'Basic %%%'],
      ['Basic without a colon', `Basic ${Buffer.from('nobody').toString('base64')}`],
      ['an unknown user', `Basic ${Buffer.from('no-such-user:x-x-x-x').toString('base64')}`],
      ['an ApiKey that is not base64', 'ApiKey ###'],
      ['an ApiKey without a colon', `ApiKey ${Buffer.from('nobody').toString('base64')}`],
      ['an unknown key', `ApiKey ${Buffer.from(`${UNKNOWN_ID}:x-x-x-x`).toString('base64')}`],
      ['an unknown token', 'Bearer abcdef'],
      ['an unknown scheme', 'Digest username=x'],
      ['no scheme', 'abcdef'],
      ['a tail', 'Basic YTpi YTpi'],
    ])('%s is 401', async (_what, authorization) => {
      expectProblem(await w.send({ authorization }, 'GET', KEYS), 401, 'auth.invalid');
    });

    test('a key with a wrong secret is 401', async () => {
      const { id } = await w.create(w.callers.manageOwnApiKey);
      const authorization = `ApiKey ${Buffer.from(`${id}:wrong-secret`).toString('base64')}`;
      expectProblem(await w.send({ authorization }, 'GET', KEYS), 401, 'auth.invalid');
    });

    test('two are refused, whichever comes first', async () => {
      const { superuser, none } = w.callers;
      for (const [first, second] of [
        [superuser, none],
        [none, superuser],
        [superuser, superuser],
      ] as const) {
        const answer = await w.latchkey.callRaw('GET', KEYS, [
          ['Authorization', first.authorization],
          ['authorization', second.authorization],
        ]);
        const { errors } = expectProblem(answer, 400, 'request.invalid');
        expect(errors[0].pointer).toBe('header:authorization');
      }
    });

    test('nobody can call as somebody else by a header of Elasticsearch', async () => {
      const { superuser, none } = w.callers;
      const answer = await w.send(superuser, 'GET', '/v1/session', undefined, {
        'es-security-runas-user': none.username,
      });
      expect(expectProblem(answer, 400, 'request.invalid').errors[0].pointer).toBe('header:es-security-runas-user');
    });

    test('schemes are read without regard to case', async () => {
      const { superuser, apiKey } = w.callers;
      for (const { authorization, username } of [superuser, apiKey]) {
        for (const written of [
          authorization.replace(/^\w+/, (scheme) => scheme.toLowerCase()),
          authorization.replace(/^\w+/, (scheme) => scheme.toUpperCase()),
        ]) {
          expect((await w.ok({ authorization: written }, 'GET', '/v1/session')).body.username).toBe(username);
        }
      }
    });

    test('a bearer token makes, reads, changes and ends keys as its user', async () => {
      const { bearer, manageSecurity } = w.callers;
      const { id, key } = await w.create(bearer);
      expect([key.username, key.realm]).toEqual([manageSecurity.username, manageSecurity.realm]);
      expect((await w.ok(bearer, 'PATCH', `${KEYS}/${id}`, { metadata: { a: 1 } })).body.updated).toBe(true);
      expect((await w.get(manageSecurity, id)).metadata).toEqual({ a: 1 });
      expect((await w.send(bearer, 'DELETE', `${KEYS}/${id}`)).status).toBe(204);
    });
  });
}

function keyCallerCases(w: World): void {
  describe('an API key as the caller', () => {
    test('makes only keys that can do nothing: {"none": {}} is allowed, all else is 400', async () => {
      const { ownApiKey, apiKey } = w.callers;
      for (const caller of [ownApiKey, apiKey]) {
        const name = w.name('derived');
        const descriptors = [
          undefined,
          {},
          { a: { cluster: ['monitor'] } },
          { none: {}, a: { indices: [{ names: ['logs-*'], privileges: ['read'] }] } },
        ];
        for (const role_descriptors of descriptors) {
          const answer = await w.send(caller, 'POST', KEYS, { name, ...(role_descriptors && { role_descriptors }) });
          expect(expectProblem(answer, 400, 'caller.is-api-key').detail).toContain('{"none": {}}');
        }
        expect((await w.list(w.callers.superuser, { name })).total).toBe(0);
        const { key, encoded } = await w.create(caller, { name, role_descriptors: { none: {} } });
        expect(key).toMatchObject({ name, username: caller.username, restricted: true, status: 'active' });
        expect(await w.authenticates(encoded)).toBe(true);
        expect(
          (
            await w.elasticsearch(
              { authorization: `ApiKey ${encoded}` },
              'GET',
              '/logs-1/_search?ignore_unavailable=true',
            )
          ).status,
        ).toBe(403);
      }
    });

    test("cannot update a key, its own user's included", async () => {
      const { apiKey, manageApiKey } = w.callers;
      const { id, key } = await w.create(manageApiKey);
      const answer = await w.send(apiKey, 'PATCH', `${KEYS}/${id}`, { metadata: { a: 1 } });
      expectProblem(answer, 400, 'caller.is-api-key');
      expect(await w.get(manageApiKey, id)).toEqual(key);
    });

    test('with manage_own_api_key reads and ends itself and no other key', async () => {
      const own = await w.newOwner('key-caller');
      const [caller, sibling] = await Promise.all([w.create(own), w.create(own)]);
      const asKey = { authorization: `ApiKey ${caller.encoded}` };
      expect(await w.get(asKey, caller.id)).toMatchObject({ id: caller.id });
      expect(await w.listNames(asKey, {})).toEqual([caller.key.name]);
      expectProblem(await w.send(asKey, 'GET', `${KEYS}/${sibling.id}`), 404, 'key.not-found');
      expectProblem(await w.send(asKey, 'DELETE', `${KEYS}/${sibling.id}`), 404, 'key.not-found');
      expect(await w.authenticates(sibling.encoded)).toBe(true);
      expect((await w.send(asKey, 'DELETE', `${KEYS}/${caller.id}`)).status).toBe(204);
      expect(await w.authenticates(caller.encoded)).toBe(false);
    });

    test('with role descriptors that give it nothing is told what it lacks', async () => {
      const { encoded } = await w.create(w.callers.superuser, { role_descriptors: { none: {} } });
      const asKey = { authorization: `ApiKey ${encoded}` };
      const { required_privileges } = expectProblem(await w.send(asKey, 'GET', KEYS), 403, 'privilege.missing');
      expect(required_privileges).toEqual(OPERATIONS['user-keys.list'].anyOf);
      expect((await w.ok(asKey, 'GET', '/v1/session')).body).toMatchObject({
        authentication_type: 'api_key',
        username: w.callers.superuser.username,
      });
    });
  });
}

type Privileges = Partial<
  Record<'manage_security' | 'read_security' | 'manage_api_key' | 'manage_own_api_key' | 'monitor', true>
>;

const OWN: Privileges = { manage_own_api_key: true };
const API_KEY: Privileges = { ...OWN, manage_api_key: true };
const SECURITY: Privileges = { ...API_KEY, manage_security: true, read_security: true };

/** By Elasticsearch's own implications; manage_api_key does not include read_security, though it may read all keys. */
export const PRIVILEGES: Record<Exclude<CallerName, 'wrongPassword'>, Privileges> = {
  superuser: { ...SECURITY, monitor: true },
  manageSecurity: SECURITY,
  manageApiKey: API_KEY,
  manageOwnApiKey: OWN,
  secondManageOwnApiKey: OWN,
  readSecurity: { read_security: true },
  monitorOnly: { monitor: true },
  none: {},
  apiKey: API_KEY,
  ownApiKey: OWN,
  bearer: SECURITY,
};

export const CLASSES = Object.keys(PRIVILEGES) as Array<keyof typeof PRIVILEGES>;

const AUTHENTICATION_TYPES: Record<Caller['kind'], string> = { basic: 'realm', api_key: 'api_key', bearer: 'token' };

function sessionCases(w: World): void {
  describe('session', () => {
    test.each(CLASSES)('of %s says who he is and what he may do', async (name) => {
      const caller = w.callers[name];
      const { body } = await w.ok(caller, 'GET', '/v1/session');
      const held = PRIVILEGES[name];
      expect(body.username).toBe(caller.username);
      // Keys and tokens have realms of their own; that of a user is the one its keys are filed under.
      if (caller.kind !== 'api_key') expect(body.realm.name).toBe(caller.realm);
      else expect(body.realm).toEqual({ name: '_es_api_key', type: '_es_api_key' });
      expect(body.authentication_type).toBe(AUTHENTICATION_TYPES[caller.kind]);
      expect(body.privileges).toEqual({
        manage_security: false,
        read_security: false,
        manage_api_key: false,
        manage_own_api_key: false,
        monitor: false,
        ...held,
      });
      const open = Object.entries(OPERATIONS)
        .filter(([, row]) => !isOfWorkloads(row))
        .filter(([, { anyOf }]) => anyOf.length === 0 || anyOf.some((privilege) => held[privilege]))
        .map(([id]) => id);
      expect([...body.operations].sort()).toEqual(open.sort());
      // null to whom Elasticsearch does not show it
      if (held.monitor)
        expect(body.license).toEqual({
          type: 'trial',
          status: 'active',
          expires_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        });
      else expect(body.license).toBeNull();
      if (held.monitor) expect(body.elasticsearch).toMatchObject({ version: w.target.version });
    });

    test('of a wrong password is 401', async () => {
      expectProblem(await w.send(w.callers.wrongPassword, 'GET', '/v1/session'), 401, 'auth.invalid');
    });
  });
}
