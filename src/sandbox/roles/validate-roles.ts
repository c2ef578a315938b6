import { isClusterPrivilege, isIndexPrivilege, unknownClusterPrivilege, unknownIndexPrivilege } from '../privileges/catalog.js';
import { isValidPattern } from '../privileges/patterns.js';
import type { IndexPrivileges, RoleDescriptor } from './role-descriptor.js';

const WORKFLOWS: readonly string[] = ['search_application_query'];
const APPLICATION_PREFIX = /^[a-z][A-Za-z0-9]*$/;
const FAILURE_STORE_PRIVILEGES: readonly string[] = ['read_failure_store', 'manage_failure_store'];

/** What is wrong with a role beyond its syntax, in the order Elasticsearch tells it. */
export function roleErrors(role: RoleDescriptor, isNine: boolean): string[] {
  return [
    ...role.cluster.filter((privilege) => !isClusterPrivilege(privilege, isNine)).map((privilege) => unknownClusterPrivilege(privilege, isNine)),
    ...role.indices.flatMap((entry) => indexErrors(entry, isNine)),
    ...role.remoteIndices.flatMap((entry) => [
      ...(entry.clusters.includes('') ? ['remote index cluster alias cannot be an empty string'] : []),
      ...indexErrors(entry, isNine),
      ...(entry.privileges.some((privilege) => FAILURE_STORE_PRIVILEGES.includes(privilege))
        ? ['remote index privileges cannot contain privileges that grant access to the failure store']
        : []),
    ]),
    ...role.applications.flatMap(({ application }) => applicationErrors(application)),
    ...(Object.keys(role.metadata).some((key) => key.startsWith('_')) ? ['role descriptor metadata keys may not start with [_]'] : []),
    ...(role.workflows ?? [])
      .filter((workflow) => !WORKFLOWS.includes(workflow))
      .map(
        (workflow) =>
          `Unknown workflow [${workflow}]. A workflow must be one of the predefined workflow names [${WORKFLOWS.join(', ')}].`,
      ),
  ];
}

/** What is wrong with a set of roles. */
export function rolesErrors(roles: Iterable<RoleDescriptor>, isNine: boolean): string[] {
  return [...roles].flatMap((role) => roleErrors(role, isNine));
}

function indexErrors(entry: IndexPrivileges, isNine: boolean): string[] {
  return [
    ...entry.privileges.filter((privilege) => !isIndexPrivilege(privilege, isNine)).map((privilege) => unknownIndexPrivilege(privilege, isNine)),
    ...entry.names.filter((name) => !isValidPattern(name)).map((name) => `invalid regular expression pattern [${name}]`),
  ];
}

function applicationErrors(application: string): string[] {
  const prefix = application.replace(/\*$/, '').split(/[-_]/)[0] ?? '';
  if (application.startsWith('*') || APPLICATION_PREFIX.test(prefix)) return [];
  return [`An application name prefix must match the pattern ^[a-z][A-Za-z0-9]*$ (found '${prefix}')`];
}
