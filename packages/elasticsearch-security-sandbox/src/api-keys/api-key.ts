import type { JsonObject } from '../json/json-value.js';
import {
  indexPrivilegesToJson,
  rolesToJson,
  type RoleDescriptor,
  type RoleDescriptors,
} from '../roles/role-descriptor.js';
import type { Owner } from '../owner.js';

/** The one role of a cross-cluster key. */
export const CROSS_CLUSTER_ROLE = 'cross_cluster';

/** The realm of a caller that is itself a key, and of the keys such a caller makes. */
export const API_KEY_REALM = '_es_api_key';

/** An API key as it is stored. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly type: 'rest' | 'cross_cluster';
  readonly secretDigest: string;
  readonly creation: number;
  expiration: bigint | undefined;
  invalidation: number | undefined;
  owner: Owner;
  metadata: JsonObject | null;
  roles: RoleDescriptors;
  limitedBy: RoleDescriptors;
  certificateIdentity: string | undefined;
}

/** Whether a key has expired. */
export function isExpired(key: ApiKey, now: number): boolean {
  return key.expiration !== undefined && key.expiration <= BigInt(now);
}

/** A key as GET and QUERY show it. */
export function apiKeyToJson(key: ApiKey, withLimitedBy: boolean): JsonObject {
  return {
    id: key.id,
    name: key.name,
    type: key.type,
    creation: key.creation,
    expiration: key.expiration,
    invalidated: key.invalidation !== undefined,
    invalidation: key.invalidation,
    username: key.owner.username,
    realm: key.owner.realm.name,
    realm_type: key.owner.realm.type,
    metadata: key.metadata ?? {},
    role_descriptors: rolesToJson(key.roles),
    limited_by: withLimitedBy && key.type === 'rest' ? [rolesToJson(key.limitedBy)] : undefined,
    access: key.type === 'cross_cluster' ? accessToJson(key.roles.get(CROSS_CLUSTER_ROLE)) : undefined,
    certificate_identity: key.certificateIdentity,
  };
}

function accessToJson(role: RoleDescriptor | undefined): JsonObject {
  const entries = (role?.indices ?? []).map((entry) => ({
    isReplication: entry.privileges.includes('cross_cluster_replication'),
    json: { ...indexPrivilegesToJson(entry), privileges: undefined },
  }));
  const search = entries.filter((entry) => !entry.isReplication).map((entry) => entry.json);
  const replication = entries.filter((entry) => entry.isReplication).map((entry) => entry.json);
  return {
    search: search.length > 0 ? search : undefined,
    replication: replication.length > 0 ? replication : undefined,
  };
}
