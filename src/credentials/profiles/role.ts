import type { Profile } from '../../config/profiles/profile.js';
import type { JsonRecord } from '../../json/json-record.js';
import type { PrivilegeQuestion } from '../../elasticsearch/privilege-check.js';
import { stateIndexPrivileges } from '../../elasticsearch/state-documents.js';

/** What any identity that makes keys needs for that alone: it makes, prolongs and ends its own. */
const KEY_MAKING = 'manage_own_api_key';

/** Indices that the service itself writes. */
export interface OwnIndices {
  stateIndex: string;
  auditIndex: string | undefined;
}

/** A role, as `PUT /_security/role/{name}` takes it. */
export interface RoleBody {
  cluster: string[];
  indices: JsonRecord[];
  applications: JsonRecord[];
  run_as: string[];
}

/**
 * The smallest role with which an identity can make keys of its profiles: exactly the union of their rights, and the
 * right to make keys. With it Elasticsearch itself caps whatever this service could be tricked into.
 *
 * @param runAs the user whose role it is; undefined = the service identity, which then also needs to run as the others.
 */
export function roleFor(profiles: readonly Profile[], runAs: string | undefined): RoleBody {
  const descriptors = profiles
    .filter((profile) => profile.runAs === runAs)
    .flatMap((profile) => Object.values(profile.roleDescriptors));
  return {
    cluster: distinct([KEY_MAKING, ...descriptors.flatMap((descriptor) => listAt<string>(descriptor, 'cluster'))]),
    indices: distinct(descriptors.flatMap((descriptor) => listAt<JsonRecord>(descriptor, 'indices'))),
    applications: distinct(descriptors.flatMap((descriptor) => listAt<JsonRecord>(descriptor, 'applications'))),
    run_as: runAs === undefined ? distinct(profiles.flatMap((profile) => profile.runAs ?? [])) : [],
  };
}

/**
 * The role with what the service does under its own name beside making keys: it keeps state, writes the audit trail where
 * an index is configured, and reads the license (`monitor`).
 */
export function withOwnNeeds(role: RoleBody, { stateIndex, auditIndex }: OwnIndices): RoleBody {
  return {
    ...role,
    cluster: distinct([...role.cluster, 'monitor']),
    indices: distinct([
      ...role.indices,
      ...(auditIndex === undefined ? [] : [{ names: [auditIndex], privileges: ['create_doc', 'auto_configure'] }]),
      stateIndexPrivileges(stateIndex),
    ]),
  };
}

/** What to ask Elasticsearch so that it tells whether keys of a profile would have all the rights that it names. */
export function privilegesOf(profile: Profile): PrivilegeQuestion {
  const role = roleFor([profile], profile.runAs);
  return {
    cluster: role.cluster,
    index: role.indices.map((entry) => ({
      names: entry['names'] as string[],
      privileges: entry['privileges'] as string[],
      ...(entry['allow_restricted_indices'] === true && { allow_restricted_indices: true }),
    })),
    application: role.applications as unknown as PrivilegeQuestion['application'],
  };
}

function listAt<T>(descriptor: Readonly<JsonRecord>, name: string): T[] {
  const value = descriptor[name];
  return Array.isArray(value) ? (value as T[]) : [];
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
