import { CLUSTER_IMPLICATIONS, HELD_BY_ANYONE, INDEX_IMPLICATIONS } from './implications.js';
import { CLUSTER_PRIVILEGES_8, CLUSTER_PRIVILEGES_9, INDEX_PRIVILEGES_8, INDEX_PRIVILEGES_9 } from './names.js';
import { matchesPattern } from './patterns.js';

const SECURITY = 'cluster:admin/xpack/security/';

const READ_SECURITY_ACTIONS: readonly string[] = [
  'api_key/get',
  'api_key/query',
  'privilege/builtin/get',
  'privilege/get',
  'profile/get',
  'role/get',
  'role_mapping/get',
  'service_account/get',
  'service_account/credential/get*',
  'user/get',
  'user/has_privileges',
  'user/list_privileges',
].map((action) => SECURITY + action);

// Only privileges that grant an action the sandbox serves; the others grant nothing here.
const ACTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['manage_security', [`${SECURITY}*`]],
  ['manage_api_key', [`${SECURITY}api_key/*`]],
  ['grant_api_key', [`${SECURITY}api_key/grant*`]],
  ['clone_api_key', [`${SECURITY}api_key/clone*`]],
  ['manage_token', [`${SECURITY}token/*`]],
  ['manage_service_account', [`${SECURITY}service_account/*`]],
  ['read_security', READ_SECURITY_ACTIONS],
  ['manage_ccr', [`${SECURITY}user/has_privileges`]],
  ['read_ccr', [`${SECURITY}user/has_privileges`]],
  ['cross_cluster_search', ['cluster:monitor/xpack/info']],
  ['cross_cluster_replication', ['cluster:monitor/xpack/info']],
  ['monitor', ['cluster:monitor/*']],
]);

const INDEX_ACTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['all', ['indices:*']],
  ['read', ['indices:data/read/*']],
  ['write', ['indices:data/write/*']],
  ['monitor', ['indices:monitor/*']],
  ['manage', ['indices:monitor/*', 'indices:admin/*']],
]);

/** The names of the cluster privileges of a version, from narrow to broad. */
export function clusterPrivileges(isNine: boolean): readonly string[] {
  return isNine ? CLUSTER_PRIVILEGES_9 : CLUSTER_PRIVILEGES_8;
}

/** The names of the index privileges of a version. */
export function indexPrivileges(isNine: boolean): readonly string[] {
  return isNine ? INDEX_PRIVILEGES_9 : INDEX_PRIVILEGES_8;
}

/** Whether a name is a cluster privilege or a pattern of actions. */
export function isClusterPrivilege(name: string, isNine: boolean): boolean {
  return clusterPrivileges(isNine).includes(name) || /^(?:cluster:|indices:admin\/(?:index_)?template\/)/.test(name);
}

/** Whether a name is an index privilege or a pattern of actions. */
export function isIndexPrivilege(name: string, isNine: boolean): boolean {
  return indexPrivileges(isNine).includes(name) || name.startsWith('indices:');
}

/** The refusal of a cluster privilege nobody knows. */
export function unknownClusterPrivilege(name: string, isNine: boolean): string {
  return (
    `unknown cluster privilege [${name}]. a privilege must be either one of the predefined cluster privilege names ` +
    `[${clusterPrivileges(isNine).join(',')}] or a pattern over one of the available cluster actions`
  );
}

/** The refusal of an index privilege nobody knows. */
export function unknownIndexPrivilege(name: string, isNine: boolean): string {
  const known = indexPrivileges(isNine).map((privilege) => (isNine ? privilege : `${privilege}=[${privilege}]`));
  return (
    `unknown index privilege [${name}]. a privilege must be either one of the predefined fixed indices privileges ` +
    `[${known.join(',')}] or a pattern over one of the available index actions`
  );
}

/** Whether holding one cluster privilege is holding another. */
export function clusterPrivilegeHolds(held: string, asked: string): boolean {
  if (held === asked || held === 'all' || CLUSTER_IMPLICATIONS.get(held)?.includes(asked)) return true;
  if (held === 'manage_own_api_key') return false;
  return asked.includes(':') ? clusterPrivilegeGrants(held, asked) : HELD_BY_ANYONE.includes(asked);
}

/**
 * Whether a cluster privilege grants an action, whatever is asked of it; `manage_own_api_key` depends on the request.
 */
export function clusterPrivilegeGrants(privilege: string, action: string): boolean {
  if (privilege === 'all') return true;
  if (privilege === 'manage') return !action.startsWith(SECURITY);
  const patterns = privilege.includes(':') ? [privilege] : (ACTIONS.get(privilege) ?? []);
  return patterns.some((pattern) => matchesPattern(pattern, action));
}

/** Whether holding one index privilege is holding another. */
export function indexPrivilegeHolds(held: string, asked: string): boolean {
  if (held === asked || held === 'all' || INDEX_IMPLICATIONS.get(held)?.includes(asked)) return true;
  if (!asked.includes(':')) return false;
  const patterns = held.includes(':') ? [held] : (INDEX_ACTIONS.get(held) ?? []);
  return patterns.some((pattern) => matchesPattern(pattern, asked));
}
