import { basic, call, must, objectAt, textAt, type Json } from './http.ts';
import type { Endpoint } from './types.ts';

/** Somebody who calls, with what he sends to prove it. */
export interface Caller {
  name: CallerName;
  /** Whose rights and keys they are: for a key or a token, the user behind it. */
  username: string;
  /** The realm that keys made by this caller are filed under. */
  realm: string;
  /** The whole value of the Authorization header. */
  authorization: string;
  kind: 'basic' | 'api_key' | 'bearer';
  /** For kind api_key: the id. */
  keyId?: string;
}

/** The cluster privileges of each native user. Each of them may also read logs-*, so that a key of his can be tried. */
const USERS = {
  manageSecurity: ['manage_security'],
  manageApiKey: ['manage_api_key'],
  manageOwnApiKey: ['manage_own_api_key'],
  secondManageOwnApiKey: ['manage_own_api_key'],
  readSecurity: ['read_security'],
  monitorOnly: ['monitor'],
} as const;

type UserName = keyof typeof USERS;
export type CallerName = UserName | 'superuser' | 'none' | 'apiKey' | 'ownApiKey' | 'bearer' | 'wrongPassword';
export type Callers = Record<CallerName, Caller>;

const PASSWORD = 'caller-password-1';

/**
 * Makes one user for each class of caller, named `prefix` and its privilege, so that test files that share a node do
 * not meet. `none` has no role. `apiKey` and `ownApiKey` are keys of manageApiKey and manageOwnApiKey that inherit all
 * of their rights. `bearer` is a token of manageSecurity; under a basic license, which has no tokens, it is a service
 * account token instead (its username is then elastic/fleet-server). Needs only the HTTP interface of Elasticsearch.
 */
export async function createCallers(es: Endpoint, prefix: string): Promise<Callers> {
  const native = {} as Record<UserName, Caller>;
  for (const [name, cluster] of Object.entries(USERS) as [UserName, readonly string[]][]) {
    native[name] = await makeUser(es, name, prefix, cluster);
  }
  const wrong = basic(native.manageApiKey.username, `not-${PASSWORD}`);
  return {
    ...native,
    superuser: await known(es, 'superuser', 'basic', basic(es.username, es.password)),
    none: await makeUser(es, 'none', prefix, undefined),
    apiKey: await makeKey(es, 'apiKey', native.manageApiKey, prefix),
    ownApiKey: await makeKey(es, 'ownApiKey', native.manageOwnApiKey, prefix),
    bearer: await makeToken(es, native.manageSecurity, prefix),
    wrongPassword: { ...native.manageApiKey, name: 'wrongPassword', authorization: wrong },
  };
}

async function makeUser(
  es: Endpoint,
  name: CallerName,
  prefix: string,
  cluster: readonly string[] | undefined,
): Promise<Caller> {
  const username = `${prefix}-${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  // Two users with the same privileges share a role: their keys must be told apart by owner alone.
  const role = `${prefix}-${(cluster ?? []).join('-')}`;
  if (cluster !== undefined) {
    await must(es, 'PUT', `/_security/role/${role}`, {
      cluster,
      indices: [{ names: ['logs-*'], privileges: ['read'] }],
    });
  }
  const user: Json = { password: PASSWORD, roles: cluster === undefined ? [] : [role], full_name: `${prefix} ${name}` };
  await must(es, 'PUT', `/_security/user/${username}`, user);
  return known(es, name, 'basic', basic(username, PASSWORD));
}

async function makeKey(es: Endpoint, name: CallerName, owner: Caller, prefix: string): Promise<Caller> {
  const body = { name: `${prefix}-${name}` };
  const key = await must(es, 'POST', '/_security/api_key?refresh=true', body, owner.authorization);
  const caller = await known(es, name, 'api_key', `ApiKey ${textAt(key, 'encoded')}`);
  return { ...caller, keyId: textAt(key, 'id') };
}

async function makeToken(es: Endpoint, user: Caller, prefix: string): Promise<Caller> {
  const grant = { grant_type: 'password', username: user.username, password: PASSWORD };
  const answer = await call(es, 'POST', '/_security/oauth2/token', grant);
  if (answer.status < 300) return known(es, 'bearer', 'bearer', `Bearer ${textAt(answer.body, 'access_token')}`);
  const path = `/_security/service/elastic/fleet-server/credential/token/${prefix}-${Date.now()}?refresh=true`;
  const made = await must(es, 'POST', path);
  return known(es, 'bearer', 'bearer', `Bearer ${textAt(objectAt(made, 'token'), 'value')}`);
}

/** Asks who this is: the names of realms are up to the node. */
async function known(es: Endpoint, name: CallerName, kind: Caller['kind'], authorization: string): Promise<Caller> {
  const self = await must(es, 'GET', '/_security/_authenticate', undefined, authorization);
  const realm = textAt(objectAt(self, 'authentication_realm'), 'name');
  return { name, username: textAt(self, 'username'), realm, authorization, kind };
}
