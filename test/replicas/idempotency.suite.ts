import { must, type Json } from '../support/elasticsearch/http.ts';
import { createCallers, type Callers, type Endpoint } from '../support/elasticsearch/index.ts';
import { startLatchkey, type Answer, type Latchkey } from '../support/service.js';

const PASSWORD = 'service-password-1';
const ROUNDS = 5;

/** What the service's identity may do, and what follows for its promise. */
const IDENTITIES = {
  'an identity that may keep state': { state: true },
  'an identity that may not keep state': { state: false },
  'no identity of the service': undefined,
} as const;

/** One Idempotency-Key means one key, whichever replica is asked. */
export function idempotencySuite(es: () => Endpoint): void {
  const run = `idem${Date.now().toString(36)}`;
  const index = `${run}-state`;
  let callers: Callers;

  beforeAll(async () => {
    callers = await createCallers(es(), run);
  });

  describe.each(Object.entries(IDENTITIES))('three replicas with %s', (_title, identity) => {
    let replicas: Latchkey[] = [];
    let count = 0;

    beforeAll(async () => {
      const env = identity === undefined ? {} : await serviceIdentity(identity.state);
      replicas = await Promise.all([1, 2, 3].map(() => startLatchkey(es().url, env)));
    });

    afterAll(async () => {
      await Promise.all(replicas.map((replica) => replica.stop()));
    });

    async function serviceIdentity(mayKeepState: boolean): Promise<Record<string, string>> {
      const username = `${run}-service-${mayKeepState ? 'state' : 'plain'}`;
      const indices = [{ names: [index, `${index}-000001`], privileges: ['read', 'write', 'manage'] }];
      await must(es(), 'PUT', `/_security/role/${username}`, {
        cluster: ['manage_api_key', 'monitor'],
        indices: mayKeepState ? indices : [],
      });
      await must(es(), 'PUT', `/_security/user/${username}`, { password: PASSWORD, roles: [username] });
      return {
        ELASTICSEARCH_SERVICE_USERNAME: username,
        ELASTICSEARCH_SERVICE_PASSWORD: PASSWORD,
        LATCHKEY_STATE_INDEX: index,
      };
    }

    function create(replica: Latchkey | undefined, body: Json, idempotencyKey: string): Promise<Answer> {
      if (replica === undefined) throw new Error('there are three replicas');
      return replica.call('POST', '/v1/user-keys', {
        authorization: callers.manageOwnApiKey.authorization,
        body,
        headers: { 'idempotency-key': idempotencyKey },
      });
    }

    async function livingKeys(name: string): Promise<string[]> {
      const { api_keys: keys } = await must(es(), 'GET', `/_security/api_key?name=${name}&active_only=true`);
      return (keys as Json[]).map(({ id }) => String(id));
    }

    function nextName(): { name: string; idempotencyKey: string } {
      count += 1;
      const name = `${run}-${Object.values(IDENTITIES).indexOf(identity)}-${count}`;
      return { name, idempotencyKey: `${name}-idempotency` };
    }

    it('makes one key when all three are asked at once, and tells every loser so', async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { name, idempotencyKey } = nextName();
        const answers = await Promise.all(replicas.map((replica) => create(replica, { name }, idempotencyKey)));
        const [made, ...others] = answers.toSorted((one, other) => one.status - other.status);
        expect(made?.body).toMatchObject({ key: { name } });
        expect(others.map(({ status, body }) => [status, body.code])).toEqual([
          [409, 'request.already-done'],
          [409, 'request.already-done'],
        ]);
        expect(await livingKeys(name)).toEqual([made?.body.key.id]);
      }
    });

    it('tells the id to a repeat at any replica, also at one that was started since', async () => {
      const { name, idempotencyKey } = nextName();
      const made = await create(replicas[0], { name }, idempotencyKey);
      const fresh = await startLatchkey(es().url, identity === undefined ? {} : await serviceIdentity(identity.state));
      const repeats = [
        await create(replicas[1], { name }, idempotencyKey),
        await create(fresh, { name }, idempotencyKey),
      ];
      await fresh.stop();
      expect(repeats.map(({ status, body }) => [status, body.key_id])).toEqual([
        [409, made.body.key.id],
        [409, made.body.key.id],
      ]);
    });

    it('refuses another body under the same Idempotency-Key at another replica', async () => {
      const { name, idempotencyKey } = nextName();
      await create(replicas[0], { name }, idempotencyKey);
      const other = await create(replicas[2], { name, metadata: { team: 'x' } }, idempotencyKey);
      expect([other.status, other.body.code]).toEqual([422, 'request.idempotency-mismatch']);
    });

    it('lets an Idempotency-Key be used again after a create that surely made nothing', async () => {
      const { name, idempotencyKey } = nextName();
      const bad = { name, role_descriptors: { r: { cluster: ['no_such_privilege'] } } };
      expect((await create(replicas[0], bad, idempotencyKey)).status).toBe(400);
      expect((await create(replicas[1], { name }, idempotencyKey)).status).toBe(201);
    });
  });
}
