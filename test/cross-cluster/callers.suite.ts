import type { CallerName } from '../support/elasticsearch/index.ts';
import { OPERATIONS, type OperationId } from '../../src/operations/operations.js';
import { LOGS, makeUser, type Fixture } from './fixture.ts';
import { expectProblem, KEYS, startLatchkey, type Answer } from './latchkey.ts';

type CrossClusterOperation = Extract<OperationId, `cross-cluster-keys.${string}`>;
type Privilege = 'manage_security' | 'manage_api_key' | 'manage_own_api_key' | 'read_security';

/** What each caller has that the operations of cross-cluster keys ask for; `bearer` is a token of manageSecurity. */
const HELD: Record<Exclude<CallerName, 'wrongPassword'>, readonly Privilege[]> = {
  manageSecurity: ['manage_security'],
  superuser: ['manage_security', 'manage_api_key', 'manage_own_api_key', 'read_security'],
  bearer: ['manage_security'],
  manageApiKey: ['manage_api_key'],
  manageOwnApiKey: ['manage_own_api_key'],
  secondManageOwnApiKey: ['manage_own_api_key'],
  readSecurity: ['read_security'],
  monitorOnly: [],
  none: [],
  apiKey: ['manage_api_key'],
  ownApiKey: ['manage_own_api_key'],
};

/** One request for each operation, on the key `id`; and the status when it is allowed. */
const CALLS: Record<
  CrossClusterOperation,
  { call: (id: string) => [method: string, path: string, body?: unknown]; ok: number }
> = {
  'cross-cluster-keys.create': { call: () => ['POST', '', { name: 'by-caller', access: LOGS }], ok: 201 },
  'cross-cluster-keys.list': { call: () => ['GET', ''], ok: 200 },
  'cross-cluster-keys.summary': { call: () => ['GET', '/_summary'], ok: 200 },
  'cross-cluster-keys.get': { call: (id) => ['GET', `/${id}`], ok: 200 },
  'cross-cluster-keys.update': { call: (id) => ['PATCH', `/${id}`, { metadata: { by: 'caller' } }], ok: 200 },
  'cross-cluster-keys.invalidate': { call: (id) => ['DELETE', `/${id}`], ok: 204 },
  'cross-cluster-keys.invalidate-many': { call: (id) => ['POST', '/_invalidate', { ids: [id] }], ok: 200 },
  'cross-cluster-keys.connect': { call: (id) => ['GET', `/${id}/connect`], ok: 200 },
  'cross-cluster-keys.rotate': { call: (id) => ['POST', `/${id}/rotate`], ok: 201 },
  'cross-cluster-keys.finalize': { call: (id) => ['POST', `/${id}/finalize`], ok: 200 },
  'cross-cluster-keys.match-identity': {
    call: () => ['POST', '/_match_identity', { certificate_identity: '.*', subject: 'CN=a' }],
    ok: 200,
  },
};
const OPERATION_NAMES = Object.keys(CALLS) as CrossClusterOperation[];
const SEES_ALL: readonly string[] = ['manage_security', 'manage_api_key', 'read_security'];

/** Callers of every class, on a node that has the license. */
export function callersSuite(fixture: () => Fixture): void {
  describe('callers', () => {
    let victim: string;
    /** For each operation that ends or changes a key, one key for each of those who may. */
    let own: Map<string, string>;
    const send = (name: CallerName, operation: CrossClusterOperation, id: string): Promise<Answer> => {
      const [method, path, body] = CALLS[operation].call(id);
      return fixture().latchkey.send(fixture().callers[name], method, `${KEYS}${path}`, body);
    };

    beforeAll(async () => {
      const { make, latchkey, callers } = fixture();
      const managers = ['manageSecurity', 'superuser', 'bearer'] as const;
      const changing = ['update', 'invalidate', 'invalidate-many', 'rotate', 'finalize'];
      const wanted = managers.flatMap((name) => changing.map((operation) => `${name} cross-cluster-keys.${operation}`));
      const [first, ...ids] = await Promise.all([make({ name: 'victim' }), ...wanted.map(() => make())]);
      victim = first;
      own = new Map(wanted.map((name, index) => [name, ids[index] ?? '']));
      await Promise.all(
        managers.map((name) =>
          latchkey.send(
            callers.manageSecurity,
            'POST',
            `${KEYS}/${own.get(`${name} cross-cluster-keys.finalize`)}/rotate`,
          ),
        ),
      );
    });

    test('the table of this test has every operation of cross-cluster keys', () => {
      const known = Object.keys(OPERATIONS).filter((id) => id.startsWith('cross-cluster-keys.'));
      expect(known.toSorted()).toEqual(OPERATION_NAMES.toSorted());
    });

    test.each(Object.keys(HELD) as Array<keyof typeof HELD>)(
      '%s may do what the table of operations says, and no more',
      async (name) => {
        const held = HELD[name];
        await Promise.all(
          OPERATION_NAMES.map(async (operation) => {
            const { anyOf } = OPERATIONS[operation];
            const answer = await send(name, operation, own.get(`${name} ${operation}`) ?? victim);
            const said = { operation, status: answer.status, code: answer.body.code };
            if (anyOf.length > 0 && !anyOf.some((privilege) => (held as readonly string[]).includes(privilege))) {
              expect(said).toEqual({ operation, status: 403, code: 'privilege.missing' });
              expect(answer.body.required_privileges).toEqual(anyOf);
            } else if (name === 'superuser' && operation === 'cross-cluster-keys.update') {
              expect(said).toEqual({ operation, status: 403, code: 'key.not-owner' });
            } else if (/\.(get|connect)$/.test(operation) && !held.some((privilege) => SEES_ALL.includes(privilege))) {
              expect(said).toEqual({ operation, status: 404, code: 'key.not-found' });
            } else {
              expect(said).toEqual({ operation, status: CALLS[operation].ok, code: undefined });
            }
          }),
        );
        expect(await fixture().status(victim)).toBe('active');
      },
    );

    test('a wrong password is refused for every operation', async () => {
      for (const answer of await Promise.all(
        OPERATION_NAMES.map((operation) => send('wrongPassword', operation, victim)),
      ))
        expectProblem(answer, 401, 'auth.invalid');
    });

    test('a caller that may see its own keys only sees no cross-cluster key of others, in no list and no count', async () => {
      const { latchkey, callers } = fixture();
      expect((await latchkey.send(callers.manageOwnApiKey, 'GET', KEYS)).body).toMatchObject({ items: [], total: 0 });
      expect((await latchkey.send(callers.manageOwnApiKey, 'GET', `${KEYS}/_summary`)).body.total).toBe(0);
    });

    test('an API key with manage_security is told that an API key makes no cross-cluster keys, and may do the rest', async () => {
      const { latchkey, managerKey, make, status } = fixture();
      const id = await make();
      const asKey = (method: string, path: string, body?: unknown): Promise<Answer> =>
        latchkey.send(managerKey, method, `${KEYS}${path}`, body);
      expectProblem(await asKey('POST', '', { name: 'by-key', access: LOGS }), 400, 'caller.is-api-key');
      expectProblem(await asKey('PATCH', `/${id}`, { metadata: {} }), 400, 'caller.is-api-key');
      expectProblem(await asKey('POST', `/${id}/rotate`), 400, 'caller.is-api-key');
      expect((await asKey('GET', `/${id}`)).status).toBe(200);
      expect((await asKey('DELETE', `/${id}`)).status).toBe(204);
      expect(await status(id)).toBe('invalidated');
    });

    test('a cross-cluster key is no credential for Latchkey', async () => {
      const { latchkey, create } = fixture();
      const { secret } = (await create()).body;
      expectProblem(await latchkey.send(`ApiKey ${secret.encoded}`, 'GET', KEYS), 401, 'auth.invalid');
    });
  });
}

/** Who may read the license, with and without an identity of the service. */
export function licenseSuite(fixture: () => Fixture, license: 'trial' | 'basic'): void {
  describe('GET /v1/license', () => {
    const allowed = license === 'trial';
    const expected = { type: license, status: 'active', cross_cluster_keys: { allowed } };

    test('without an identity of the service answers those who have monitor, and tells the others what is missing', async () => {
      const { latchkey, callers } = fixture();
      const [superuser, monitor, manager, none] = await Promise.all(
        [callers.superuser, callers.monitorOnly, callers.manageSecurity, callers.none].map((who) =>
          latchkey.send(who, 'GET', '/v1/license'),
        ),
      );
      expect(superuser?.body).toMatchObject(expected);
      expect(monitor?.body).toMatchObject(expected);
      for (const refused of [manager, none]) {
        expectProblem(refused, 403, 'privilege.missing');
        expect(refused?.body.required_privileges).toContain('monitor');
      }
      if (license === 'trial') expect(superuser?.body.days_left).toBeGreaterThan(0);
      else
        expect(superuser?.body).toMatchObject({
          expires_at: null,
          days_left: null,
          cross_cluster_keys: { reason: expect.stringContaining('basic') },
        });
    });

    test('with an identity of the service answers every caller', async () => {
      const { es, callers } = fixture();
      const username = callers.none.username.replace(/none$/, 'service');
      await makeUser(es, username, ['monitor']);
      const latchkey = await startLatchkey(es, {
        ELASTICSEARCH_SERVICE_USERNAME: username,
        ELASTICSEARCH_SERVICE_PASSWORD: 'caller-password-3',
      });
      try {
        for (const who of [callers.manageSecurity, callers.none, callers.ownApiKey])
          expect((await latchkey.send(who, 'GET', '/v1/license')).body).toMatchObject(expected);
        const created = await latchkey.send(callers.manageSecurity, 'POST', KEYS, {
          name: 'with-service',
          access: LOGS,
        });
        if (allowed) {
          expect(created.status).toBe(201);
        } else {
          expectProblem(created, 403, 'license.insufficient');
          expect(created.body).toMatchObject({
            required_license: ['enterprise', 'trial'],
            present_license: { type: 'basic', status: 'active' },
          });
        }
      } finally {
        await latchkey.stop();
      }
    });
  });
}
