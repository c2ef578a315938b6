import type { JsonObject } from '../json/json-value.js';

/** Which fields of a document may be read. */
export interface FieldSecurity {
  readonly grant: readonly string[] | undefined;
  readonly except: readonly string[] | undefined;
}

/** Privileges on indices. */
export interface IndexPrivileges {
  readonly names: readonly string[];
  readonly privileges: readonly string[];
  readonly fieldSecurity: FieldSecurity | undefined;
  readonly query: string | undefined;
  readonly allowRestrictedIndices: boolean;
}

/** Privileges on indices of remote clusters. */
export interface RemoteIndexPrivileges extends IndexPrivileges {
  readonly clusters: readonly string[];
}

/** Privileges in an application. */
export interface ApplicationPrivileges {
  readonly application: string;
  readonly privileges: readonly string[];
  readonly resources: readonly string[];
}

/** Privileges on remote clusters themselves. */
export interface RemoteClusterPrivileges {
  readonly privileges: readonly string[];
  readonly clusters: readonly string[];
}

/** A role, as a user has one and as an API key is limited by one. */
export interface RoleDescriptor {
  readonly cluster: readonly string[];
  readonly global: JsonObject | undefined;
  readonly indices: readonly IndexPrivileges[];
  readonly applications: readonly ApplicationPrivileges[];
  readonly runAs: readonly string[];
  readonly metadata: JsonObject;
  readonly remoteIndices: readonly RemoteIndexPrivileges[];
  readonly remoteCluster: readonly RemoteClusterPrivileges[];
  readonly workflows: readonly string[] | undefined;
  readonly description: string | undefined;
}

/** Roles by name. */
export type RoleDescriptors = ReadonlyMap<string, RoleDescriptor>;

/** A role without any privilege. */
export const EMPTY_ROLE: RoleDescriptor = {
  cluster: [],
  global: undefined,
  indices: [],
  applications: [],
  runAs: [],
  metadata: {},
  remoteIndices: [],
  remoteCluster: [],
  workflows: undefined,
  description: undefined,
};

/** Whether a role grants nothing and says nothing. */
export function isEmptyRole(role: RoleDescriptor): boolean {
  return (
    [role.cluster, role.indices, role.applications, role.runAs, role.remoteIndices, role.remoteCluster].every(
      (list) => list.length === 0,
    ) &&
    role.global === undefined &&
    role.workflows === undefined &&
    Object.keys(role.metadata).length === 0
  );
}

/** The normal form of a role in answers. */
export function roleToJson(role: RoleDescriptor): JsonObject {
  return {
    cluster: [...role.cluster],
    global: role.global,
    indices: role.indices.map(indexPrivilegesToJson),
    applications: role.applications.map(({ application, privileges, resources }) => ({
      application,
      privileges: [...privileges],
      resources: [...resources],
    })),
    run_as: [...role.runAs],
    metadata: role.metadata,
    transient_metadata: { enabled: true },
    remote_indices: nonEmpty(role.remoteIndices)?.map((entry) => ({
      ...indexPrivilegesToJson(entry),
      clusters: [...entry.clusters],
    })),
    remote_cluster: nonEmpty(role.remoteCluster)?.map(({ privileges, clusters }) => ({
      privileges: [...privileges],
      clusters: [...clusters],
    })),
    restriction: role.workflows ? { workflows: [...role.workflows] } : undefined,
    description: role.description,
  };
}

/** The normal form of several roles. */
export function rolesToJson(roles: RoleDescriptors): JsonObject {
  const json: JsonObject = {};
  for (const [name, role] of roles) json[name] = roleToJson(role);
  return json;
}

/** The normal form of privileges on indices. */
export function indexPrivilegesToJson(entry: IndexPrivileges): JsonObject {
  return {
    names: [...entry.names],
    privileges: [...entry.privileges],
    field_security: entry.fieldSecurity ? fieldSecurityToJson(entry.fieldSecurity) : undefined,
    query: entry.query,
    allow_restricted_indices: entry.allowRestrictedIndices,
  };
}

function fieldSecurityToJson({ grant, except }: FieldSecurity): JsonObject {
  return { grant: grant ? [...grant] : undefined, except: except && except.length > 0 ? [...except] : undefined };
}

function nonEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length > 0 ? list : undefined;
}
