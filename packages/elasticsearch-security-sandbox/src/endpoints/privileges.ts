import { authorize, permissionLayers, securityAction } from '../authorization.js';
import { illegalArgument, SandboxError } from '../errors.js';
import { isJsonObject, type JsonObject } from '../json/json-value.js';
import { clusterPrivileges, indexPrivileges } from '../privileges/catalog.js';
import { HIDDEN_CLUSTER_PRIVILEGES, REMOTE_CLUSTER_PRIVILEGES } from '../privileges/names.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { roleToJson, EMPTY_ROLE, type RoleDescriptor } from '../roles/role-descriptor.js';

/** `GET /_security/privilege/_builtin`. */
export function builtinPrivileges(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('privilege/builtin/get') });
  return ok({
    cluster: clusterPrivileges(node.isNine)
      .filter((name) => !HIDDEN_CLUSTER_PRIVILEGES.includes(name))
      .sort(),
    index: [...indexPrivileges(node.isNine)].sort(),
    remote_cluster: [...REMOTE_CLUSTER_PRIVILEGES],
  });
}

/** `GET /_security/user/_privileges`. */
export function userPrivileges(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('user/list_privileges'), isFree: true });
  if (subject.apiKey && subject.apiKey.roles.size > 0) {
    throw illegalArgument(
      'Cannot retrieve privileges for API keys with assigned role descriptors. Please use the Get API key ' +
        'information API https://ela.st/es-api-get-api-key',
      new SandboxError('unsupported_operation_exception', 'cannot retrieve cluster permission on limited role', 400),
    );
  }
  const [layer] = permissionLayers(node, subject);
  return ok(summary([...(layer?.values() ?? [])]));
}

/** `PUT|POST /_security/privilege`. */
export function putApplicationPrivileges(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const scanner = request.requiredBody();
  scanner.next();
  const body = scanner.readValue();
  request.parameters.acceptRefresh();
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('privilege/put') });
  const created: Record<string, JsonObject> = {};
  for (const [application, privileges] of entries(body)) {
    const stored = node.users.applicationPrivileges.get(application) ?? new Map<string, JsonObject>();
    node.users.applicationPrivileges.set(application, stored);
    for (const [name, privilege] of entries(privileges)) {
      (created[application] ??= {})[name] = { created: !stored.has(name) };
      stored.set(name, privilege);
    }
  }
  return ok(created);
}

/** `GET /_security/privilege` and of one application. */
export function getApplicationPrivileges(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('privilege/get') });
  const asked = request.pathParameters.get('application');
  const result: Record<string, JsonObject> = {};
  for (const [application, privileges] of node.users.applicationPrivileges) {
    if (asked !== undefined && asked !== application) continue;
    for (const [name, privilege] of privileges) {
      (result[application] ??= {})[name] = { application, name, metadata: {}, ...privilege };
    }
  }
  return ok(result);
}

function entries(value: unknown): [string, JsonObject][] {
  return Object.entries(value ?? {}).filter((entry): entry is [string, JsonObject] =>
    isJsonObject(entry[1] as JsonObject),
  );
}

function summary(roles: readonly RoleDescriptor[]): JsonObject {
  const merged = roleToJson({
    ...EMPTY_ROLE,
    cluster: [...new Set(roles.flatMap((role) => role.cluster))].sort(),
    indices: roles.flatMap((role) => role.indices).map(sorted),
    applications: roles.flatMap((role) => role.applications),
    runAs: [...new Set(roles.flatMap((role) => role.runAs))],
    remoteIndices: roles.flatMap((role) => role.remoteIndices).map(sorted),
    remoteCluster: roles.flatMap((role) => role.remoteCluster),
  });
  const { cluster, indices, applications, run_as, remote_indices, remote_cluster } = merged;
  const global = roles.map((role) => role.global).filter((entry) => entry !== undefined);
  return { cluster, global, indices, applications, run_as, remote_indices, remote_cluster };
}

function sorted<T extends { readonly privileges: readonly string[] }>(entry: T): T {
  return { ...entry, privileges: [...entry.privileges].sort() };
}
