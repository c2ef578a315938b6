import {
  isClusterPrivilege,
  isIndexPrivilege,
  unknownClusterPrivilege,
  unknownIndexPrivilege,
} from '../privileges/catalog.js';
import { isValidPattern } from '../privileges/patterns.js';
import type { IndexPrivileges, RoleDescriptor } from './role-descriptor.js';

const WORKFLOWS: readonly string[] = ['search_application_query'];
const APPLICATION_PREFIX = /^[a-z][A-Za-z0-9]*$/;
const MIN_PREFIX = 3;
const NO_FILE_NAME = /[ "*,/<>?\\|]/;
const NO_FILE_NAME_CHARACTERS = "[' ','\"','*',',','/','<','>','?','\\\\','|']";
const FAILURE_STORE_PRIVILEGES: readonly string[] = ['read_failure_store', 'manage_failure_store'];

/** What is wrong with a role beyond its syntax, in the order Elasticsearch tells it. */
export function roleErrors(role: RoleDescriptor, isNine: boolean): string[] {
  return [
    ...role.cluster
      .filter((privilege) => !isClusterPrivilege(privilege, isNine))
      .map((privilege) => unknownClusterPrivilege(privilege, isNine)),
    ...role.indices.flatMap((entry) => indexErrors(entry, isNine)),
    ...role.remoteIndices.flatMap((entry) => [
      ...(entry.clusters.includes('') ? ['remote index cluster alias cannot be an empty string'] : []),
      ...indexErrors(entry, isNine),
      ...(entry.privileges.some((privilege) => FAILURE_STORE_PRIVILEGES.includes(privilege))
        ? ['remote index privileges cannot contain privileges that grant access to the failure store']
        : []),
    ]),
    ...role.applications.flatMap(({ application }) => applicationErrors(application)),
    ...(Object.keys(role.metadata).some((key) => key.startsWith('_'))
      ? ['role descriptor metadata keys may not start with [_]']
      : []),
    ...(role.workflows ?? [])
      .filter((workflow) => !WORKFLOWS.includes(workflow))
      .map(
        (workflow) =>
          `Unknown workflow [${workflow}]. A workflow must be one of the predefined workflow names ` +
          `[${WORKFLOWS.join(', ')}].`,
      ),
  ];
}

/** What is wrong with a set of roles. */
export function rolesErrors(roles: Iterable<RoleDescriptor>, isNine: boolean): string[] {
  return [...roles].flatMap((role) => roleErrors(role, isNine));
}

function indexErrors(entry: IndexPrivileges, isNine: boolean): string[] {
  return [
    ...entry.privileges
      .filter((privilege) => !isIndexPrivilege(privilege, isNine))
      .slice(0, 1)
      .map((privilege) => unknownIndexPrivilege(privilege, isNine)),
    ...entry.names
      .filter((name) => !isValidPattern(name))
      .map((name) => `invalid regular expression pattern [${name}]`),
  ];
}

/** What is wrong with the name of an application. */
export function applicationErrors(application: string): string[] {
  if (application === '*') return [];
  const found = (text: string): string => `(found '${text}')`;
  const isPattern = application.includes('*');
  if (isPattern && application.indexOf('*') !== application.length - 1) {
    return [`Application name patterns only support trailing wildcards ${found(application)}`];
  }
  if (/\s/.test(application)) return [`Application names may not contain whitespace ${found(application)}`];
  const [, start = '', suffix = ''] = /^([^_-]*)(?:[_-](.*))?$/s.exec(application) ?? [];
  const prefix = start.replace(/\*$/, '');
  if (!APPLICATION_PREFIX.test(prefix))
    return [`An application name prefix must match the pattern ^[a-z][A-Za-z0-9]*$ ${found(prefix)}`];
  if (prefix.length < MIN_PREFIX && !isPattern) {
    return [`An application name prefix must be at least ${MIN_PREFIX} characters long ${found(prefix)}`];
  }
  if (!NO_FILE_NAME.test(suffix.replace(/\*$/, ''))) return [];
  return [
    `An application name suffix may not contain any of the characters '${NO_FILE_NAME_CHARACTERS}' ${found(suffix)}`,
  ];
}
