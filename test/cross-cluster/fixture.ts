import { call, must, textAt, type Json } from '../support/elasticsearch/http.ts';
import { createCallers, type Callers, type Endpoint } from '../support/elasticsearch/index.ts';
import { KEYS, startLatchkey, type Answer, type Latchkey } from './latchkey.ts';

export const LOGS = { search: [{ names: ['logs-*'] }] };

export interface Fixture {
  es: Endpoint;
  callers: Callers;
  /** Two replicas of the service. */
  latchkey: Latchkey;
  second: Latchkey;
  /** Another user with manage_security, and an API key of callers.manageSecurity with all of its rights. */
  otherManager: { username: string; authorization: string };
  managerKey: string;
  /** Creates a key as `who`; callers.manageSecurity by default. @returns the whole answer. */
  create(body?: Json, who?: { authorization: string }): Promise<Answer>;
  /** As `create`, which must succeed. @returns the id. */
  make(body?: Json, who?: { authorization: string }): Promise<string>;
  /** As `make`, for a user key. */
  makeUserKey(body: Json): Promise<string>;
  /** A key of the superuser such as Kibana makes. */
  makeManagedKey(): Promise<string>;
  status(id: string): Promise<string>;
  stop(): Promise<void>;
}

/** Users with a name of their own for each run, so that a node that is given can be used again. */
export async function startFixture(es: Endpoint, prefix: string, env: Record<string, string> = {}): Promise<Fixture> {
  const run = `${prefix}-${Date.now().toString(36)}`;
  const callers = await createCallers(es, run);
  const manager = callers.manageSecurity;
  const username = `${run}-other-manager`;
  await must(es, 'PUT', `/_security/user/${username}`, {
    password: 'caller-password-2',
    roles: [`${run}-manage_security`],
  });
  const latchkey = await startLatchkey(es, env);
  const second = await startLatchkey(es, env);
  const create: Fixture['create'] = (body = {}, who = manager) =>
    latchkey.send(who, 'POST', KEYS, { name: `${run}-key`, access: LOGS, ...body });
  const made = (answer: Answer): string => {
    if (answer.status !== 201) throw new Error(`not created: ${answer.status} ${answer.text}`);
    return answer.body.key.id as string;
  };
  const key = await latchkey.send(manager, 'POST', '/v1/user-keys', { name: `${run}-manager` });
  made(key);
  return {
    es,
    callers,
    latchkey,
    second,
    otherManager: {
      username,
      authorization: `Basic ${Buffer.from(`${username}:caller-password-2`).toString('base64')}`,
    },
    managerKey: `ApiKey ${key.body.secret.encoded}`,
    create,
    make: async (body, who) => made(await create(body, who)),
    makeUserKey: async (body) => made(await latchkey.send(manager, 'POST', '/v1/user-keys', body)),
    makeManagedKey: async () =>
      textAt(
        await must(es, 'POST', '/_security/api_key?refresh=true', {
          name: 'Alerting: rule',
          metadata: { managed: true },
        }),
        'id',
      ),
    status: async (id) => (await latchkey.send(manager, 'GET', `${KEYS}/${id}`)).body.status as string,
    stop: async () => void (await Promise.all([latchkey.stop(), second.stop()])),
  };
}

/** A user with these cluster privileges. @returns its Authorization header. */
export async function makeUser(es: Endpoint, username: string, cluster: string[]): Promise<string> {
  await must(es, 'PUT', `/_security/role/${username}`, { cluster });
  await must(es, 'PUT', `/_security/user/${username}`, { password: 'caller-password-3', roles: [username] });
  return `Basic ${Buffer.from(`${username}:caller-password-3`).toString('base64')}`;
}

/** What Elasticsearch itself says to a create. */
export async function createDirectly(
  es: Endpoint,
  body: Json,
  authorization?: string,
): Promise<{ status: number; id?: string }> {
  const answer = await call(es, 'POST', '/_security/cross_cluster/api_key', body, authorization);
  return { status: answer.status, ...(answer.status === 200 && { id: textAt(answer.body, 'id') }) };
}
