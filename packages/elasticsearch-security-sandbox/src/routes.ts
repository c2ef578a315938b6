import { cloneApiKey } from './api-keys/clone.js';
import { createApiKey } from './api-keys/create.js';
import { createCrossClusterApiKey, updateCrossClusterApiKey } from './api-keys/cross-cluster.js';
import { getApiKeys } from './api-keys/get.js';
import { grantApiKey } from './api-keys/grant.js';
import { invalidateApiKeys } from './api-keys/invalidate.js';
import { bulkUpdateApiKeys, updateApiKey } from './api-keys/update.js';
import {
  createDocument,
  createIndex,
  deleteDocument,
  deleteIndex,
  getDocument,
  putDocument,
} from './documents/documents.js';
import { clearCache, clusterHealth, count, root, search } from './endpoints/cluster.js';
import { hasPrivileges } from './endpoints/has-privileges.js';
import {
  basicStatus,
  getLicense,
  startBasic,
  startTrial,
  trialStatus,
  xpackInfo,
  xpackUsage,
} from './endpoints/license.js';
import {
  builtinPrivileges,
  getApplicationPrivileges,
  putApplicationPrivileges,
  userPrivileges,
} from './endpoints/privileges.js';
import { deleteRole, getRoles, putRole } from './endpoints/roles.js';
import { changePassword, deleteUser, getUsers, putUser, setUserEnabled } from './endpoints/users.js';
import { whoAmI } from './endpoints/who-am-i.js';
import { PlainError } from './errors.js';
import type { NodeSettings } from './node.js';
import { queryApiKeys } from './query/query-api-keys.js';
import type { Answer, SandboxRequest } from './request.js';
import type { Feature, Route } from './router.js';
import { createToken, invalidateToken } from './tokens/oauth.js';
import {
  createServiceToken,
  deleteServiceToken,
  getServiceAccounts,
  getServiceCredentials,
} from './tokens/service-tokens.js';

type Handler = (request: SandboxRequest) => Answer;

const KEYS = '/_security/api_key';
const CROSS_CLUSTER = '/_security/cross_cluster/api_key';
const SERVICE = '/_security/service';
const TOKEN = `${SERVICE}/{namespace}/{service}/credential/token`;

/** The routes of a sandbox: without security only those that need none. */
export function routesOf(settings: NodeSettings): Route[] {
  const isNine = settings.version.startsWith('9.');
  const routes = [...openRoutes(), ...keyRoutes(isNine), ...securityRoutes(isNine)];
  return settings.securityEnabled ? routes : routes.filter((route) => !route.isSecurity);
}

function openRoutes(): Route[] {
  const open = (methods: string, path: string, handle: Handler): Route => ({
    ...route(methods, path, handle),
    isSecurity: false,
  });
  return [
    open('GET HEAD', '/', root),
    open('GET', '/_cluster/health', clusterHealth),
    open('GET', '/_license', getLicense),
    open('POST PUT DELETE', '/_license', notInSandbox),
    open('GET', '/_license/basic_status', basicStatus),
    open('GET', '/_license/trial_status', trialStatus),
    open('POST', '/_license/start_basic', startBasic),
    open('POST', '/_license/start_trial', startTrial),
    open('GET', '/_xpack', xpackInfo),
    open('GET', '/_xpack/usage', xpackUsage),
    open('GET POST', '/{index}/_search', search),
    open('GET POST', '/{index}/_count', count),
    open('PUT', '/{index}', createIndex),
    open('DELETE', '/{index}', deleteIndex),
    open('PUT POST', '/{index}/_create/{id}', createDocument),
    open('PUT POST', '/{index}/_doc/{id}', putDocument),
    open('GET', '/{index}/_doc/{id}', getDocument),
    open('DELETE', '/{index}/_doc/{id}', deleteDocument),
  ];
}

function keyRoutes(isNine: boolean): Route[] {
  const keys = (methods: string, path: string, handle: Handler): Route => route(methods, path, handle, ['api_keys']);
  return [
    keys('GET', KEYS, getApiKeys),
    keys('POST PUT', KEYS, createApiKey),
    keys('DELETE', KEYS, invalidateApiKeys),
    keys('PUT', `${KEYS}/{id}`, updateApiKey),
    keys('POST', `${KEYS}/_bulk_update`, bulkUpdateApiKeys),
    keys('POST PUT', `${KEYS}/grant`, grantApiKey),
    ...(isNine ? [keys('POST PUT', `${KEYS}/clone`, cloneApiKey)] : []),
    keys('GET POST', '/_security/_query/api_key', queryApiKeys),
    route('POST', CROSS_CLUSTER, createCrossClusterApiKey, ['api_keys', 'cross_cluster']),
    route('PUT', `${CROSS_CLUSTER}/{id}`, updateCrossClusterApiKey, ['api_keys', 'cross_cluster']),
    route('POST', `${KEYS}/{ids}/_clear_cache`, clearCache),
  ];
}

function securityRoutes(isNine: boolean): Route[] {
  return [
    route('GET', '/_security/_authenticate', whoAmI),
    route('GET POST', '/_security/user/_has_privileges', hasPrivileges),
    route('GET POST', '/_security/user/{username}/_has_privileges', hasPrivileges),
    route('GET', '/_security/user/_privileges', userPrivileges),
    route('GET', '/_security/privilege/_builtin', builtinPrivileges),
    route('GET', '/_security/privilege', getApplicationPrivileges),
    route('PUT POST', '/_security/privilege', putApplicationPrivileges),
    route('GET', '/_security/privilege/{application}', getApplicationPrivileges),
    route('GET', '/_security/role', getRoles),
    route('GET', '/_security/role/{name}', getRoles),
    route('PUT POST', '/_security/role/{name}', putRole),
    route('DELETE', '/_security/role/{name}', deleteRole),
    route('GET', '/_security/user', getUsers),
    route('GET', '/_security/user/{username}', getUsers),
    route('PUT POST', '/_security/user/{username}', putUser),
    route('DELETE', '/_security/user/{username}', deleteUser),
    route('PUT POST', '/_security/user/{username}/_enable', setUserEnabled(true)),
    route('PUT POST', '/_security/user/{username}/_disable', setUserEnabled(false)),
    route('PUT POST', '/_security/user/_password', changePassword),
    route('PUT POST', '/_security/user/{username}/_password', changePassword),
    route('POST', '/_security/oauth2/token', createToken, ['tokens']),
    route('DELETE', '/_security/oauth2/token', invalidateToken, ['tokens']),
    route('GET', SERVICE, getServiceAccounts),
    route('GET', `${SERVICE}/{namespace}`, getServiceAccounts),
    route('GET', `${SERVICE}/{namespace}/{service}`, getServiceAccounts),
    route('GET', `${SERVICE}/{namespace}/{service}/credential`, getServiceCredentials),
    route('POST PUT', TOKEN, createServiceToken),
    route('POST PUT', `${TOKEN}/{name}`, createServiceToken),
    route('DELETE', `${TOKEN}/{name}`, deleteServiceToken),
    // 8.19 takes an unknown word for an index and its type.
    ...(isNine ? [] : [route('POST', '/_security/{unknown}', noHandler)]),
  ];
}

function route(methods: string, path: string, handle: Handler, features: readonly Feature[] = []): Route {
  return { methods: methods.split(' '), path, features, isSecurity: true, handle };
}

function noHandler({ path, method }: SandboxRequest): never {
  throw new PlainError(400, { error: `no handler found for uri [${path}] and method [${method}]` });
}

function notInSandbox(): never {
  const error = 'the sandbox cannot install or remove a license; use start_basic or start_trial';
  throw new PlainError(501, { error, status: 501 });
}
