import { authorize, permissionLayers, securityAction } from '../authorization.js';
import { illegalArgument, parseException, validationFailed } from '../errors.js';
import { holdsIndexPrivilege } from '../index-access.js';
import type { JsonScanner } from '../json/json-scanner.js';
import { scalarText, type JsonObject } from '../json/json-value.js';
import {
  clusterPrivilegeHolds,
  isClusterPrivilege,
  isIndexPrivilege,
  unknownClusterPrivilege,
  unknownIndexPrivilege,
} from '../privileges/catalog.js';
import { covers, matchesPattern } from '../privileges/patterns.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { parseApplications } from '../roles/parse-role.js';
import { parseIndexPrivilegesList, readRoleStrings } from '../roles/parse-index-privileges.js';
import { applicationErrors } from '../roles/validate-roles.js';
import type { ApplicationPrivileges, IndexPrivileges, RoleDescriptors } from '../roles/role-descriptor.js';
import type { ApplicationPrivilegeStore } from '../users-and-roles.js';

interface PrivilegesCheck {
  cluster: readonly string[];
  index: readonly IndexPrivileges[];
  application: readonly ApplicationPrivileges[];
}

/** `GET|POST /_security/user/_has_privileges` and the same of a named user, which must be the caller. */
export function hasPrivileges(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const named = request.pathParameters.get('username') ?? subject.username;
  const check = parseCheck(
    request.requiredBody('request body or source parameter is required'),
    `${named}/has_privileges`,
  );
  request.refuseUnconsumed();
  validate(check);
  const isSelf = named === subject.username;
  authorize(node, subject, { action: securityAction('user/has_privileges'), isFree: isSelf });
  if (!isSelf) throw illegalArgument('users may only check the privileges of their own account');
  refuseUnknown(check, node.isNine);
  const layers = permissionLayers(node, subject);
  const cluster = checkCluster(layers, check.cluster);
  const index = checkIndices(layers, check.index);
  const application = checkApplications(layers, check.application, node.users.applicationPrivileges);
  const hasAll = ![cluster, index, application].some(containsFalse);
  return ok({ username: subject.username, has_all_requested: hasAll, cluster, index, application });
}

function parseCheck(scanner: JsonScanner, name: string): PrivilegesCheck {
  const fail = (text: string) => parseException(`failed to parse privileges check [${name}]${text}`);
  if (scanner.next() !== 'START_OBJECT') throw fail(`. expected an object but found [${scanner.token}] instead`);
  const check: PrivilegesCheck = { cluster: [], index: [], application: [] };
  let isEmpty = true;
  while (scanner.next() !== 'END_OBJECT') {
    const field = scanner.name ?? '';
    if (scanner.next() === 'VALUE_NULL' && field === 'cluster') continue;
    isEmpty = false;
    if (field === 'cluster') check.cluster = readRoleStrings(scanner, name, false) ?? [];
    else if (field === 'index')
      check.index = parseIndexPrivilegesList(scanner, { role: name, isRemote: false }).map(refuseGuards);
    else if (field === 'application' || field === 'applications') check.application = parseApplications(scanner, name);
    else throw fail(`. unexpected field [${field}]`);
  }
  if (isEmpty) throw fail('. All privilege fields [cluster,index,applications] are missing');
  return check;
}

function refuseGuards(entry: IndexPrivileges): IndexPrivileges {
  if (entry.fieldSecurity) throw parseException('Field [field_security] is not supported in a has_privileges request');
  if (entry.query !== undefined) throw parseException('Field [query] is not supported in a has_privileges request');
  return entry;
}

function validate({ cluster, index, application }: PrivilegesCheck): void {
  const errors: string[] = [];
  if (cluster.length + index.length + application.length === 0) errors.push('must specify at least one privilege');
  for (const entry of application) {
    if (entry.application.includes('*'))
      errors.push(`Application names may not contain '*' (found '${entry.application}')`);
    else errors.push(...applicationErrors(entry.application));
  }
  if (errors.length > 0) throw validationFailed(errors);
}

function refuseUnknown({ cluster, index }: PrivilegesCheck, isNine: boolean): void {
  for (const privilege of cluster) {
    if (!isClusterPrivilege(privilege, isNine)) throw illegalArgument(unknownClusterPrivilege(privilege, isNine));
  }
  for (const privilege of index.flatMap((entry) => entry.privileges)) {
    if (!isIndexPrivilege(privilege, isNine)) throw illegalArgument(unknownIndexPrivilege(privilege, isNine));
  }
}

function checkCluster(layers: readonly RoleDescriptors[], asked: readonly string[]): JsonObject {
  const result: JsonObject = {};
  for (const privilege of asked) {
    result[privilege] = layers.every((layer) =>
      [...layer.values()].some((role) => role.cluster.some((held) => clusterPrivilegeHolds(held, privilege))),
    );
  }
  return result;
}

function checkIndices(layers: readonly RoleDescriptors[], asked: readonly IndexPrivileges[]): JsonObject {
  const result: Record<string, JsonObject> = {};
  for (const { names, privileges, allowRestrictedIndices } of asked) {
    for (const index of names) {
      const entry = (result[index] ??= {});
      for (const privilege of privileges)
        entry[privilege] = holdsIndexPrivilege(layers, { index, privilege, allowRestrictedIndices });
    }
  }
  return result;
}

function checkApplications(
  layers: readonly RoleDescriptors[],
  asked: readonly ApplicationPrivileges[],
  store: ApplicationPrivilegeStore,
): JsonObject {
  const result: Record<string, Record<string, JsonObject>> = {};
  for (const { application, privileges, resources } of asked) {
    const entry = (result[application] ??= {});
    for (const resource of resources) {
      const checks = (entry[resource] ??= {});
      for (const privilege of privileges) {
        checks[privilege] = layers.every((layer) =>
          holdsInApplication(layer, { application, resource, privilege }, store),
        );
      }
    }
  }
  return result;
}

function holdsInApplication(
  layer: RoleDescriptors,
  asked: { application: string; resource: string; privilege: string },
  store: ApplicationPrivilegeStore,
): boolean {
  const wanted = actionsOf(asked.application, asked.privilege, store);
  return [...layer.values()]
    .flatMap((role) => role.applications)
    .filter(
      (entry) =>
        matchesPattern(entry.application, asked.application) &&
        entry.resources.some((held) => covers(held, asked.resource)),
    )
    .some((entry) => {
      const held = entry.privileges.flatMap((privilege) => actionsOf(asked.application, privilege, store));
      return (
        entry.privileges.includes(asked.privilege) ||
        wanted.every((action) => held.some((pattern) => covers(pattern, action)))
      );
    });
}

function actionsOf(application: string, privilege: string, store: ApplicationPrivilegeStore): string[] {
  const actions = store.get(application)?.get(privilege)?.['actions'];
  return Array.isArray(actions) ? actions.map((action) => scalarText(action) ?? '') : [privilege];
}

function containsFalse(result: JsonObject): boolean {
  return Object.values(result).some(
    (value) => value === false || (typeof value === 'object' && containsFalse(value as JsonObject)),
  );
}
