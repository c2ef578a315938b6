import type { ClusterPrivilege, ClusterPrivileges } from './cluster-privileges.js';

export type RateClass = 'read' | 'write' | 'mint' | 'mesh';

export interface Operation {
  /**
   * Who calls: somebody with a credential of Elasticsearch (the default), or a workload that proves its identity to
   * Latchkey itself. Only operations of workloads are open on the mesh port.
   */
  authenticates?: 'caller' | 'workload';
  /**
   * Any one of these cluster privileges is enough; empty = every authenticated caller. Empty for workloads, who have
   * none.
   */
  anyOf: readonly ClusterPrivilege[];
  /** Holders of one of these act on all keys, everybody else on their own only. */
  allScope: readonly ClusterPrivilege[];
  license: 'none' | 'enterprise';
  /**
   * Whose credential reaches Elasticsearch. What mostly runs as the caller may say so and still act as the service, by
   * `ServiceGrant`.
   */
  runsAs: 'caller' | 'service';
  rate: RateClass;
  /** Name of the audit event; absent for reads. */
  audit?: string;
  /** The answer carries a secret. */
  secret: boolean;
  /** The body may be as large as an Envoy describes itself (1 MiB, thousands of values). */
  largeBody?: boolean;
  /** The answer may be held back as long as `sdsHoldMs` says. */
  held?: boolean;
  /**
   * What of it is recorded, when not everything: `valid` leaves out what its handler never saw, `deliveries` all but
   * answers with the secret, since it is polled.
   */
  records?: 'valid' | 'deliveries';
  summary: string;
}

const READERS = ['manage_own_api_key', 'manage_api_key', 'read_security', 'manage_security'] as const;
const READERS_OF_ALL = ['manage_api_key', 'read_security', 'manage_security'] as const;
const WRITERS = ['manage_own_api_key', 'manage_api_key', 'manage_security'] as const;
const WRITERS_OF_ALL = ['manage_api_key', 'manage_security'] as const;

const READ = {
  anyOf: READERS,
  allScope: READERS_OF_ALL,
  license: 'none',
  runsAs: 'caller',
  rate: 'read',
  secret: false,
} as const;
const INVALIDATE = {
  anyOf: WRITERS,
  allScope: WRITERS_OF_ALL,
  license: 'none',
  runsAs: 'caller',
  rate: 'write',
  secret: false,
} as const;

const WRITE_OWN = {
  anyOf: WRITERS,
  allScope: [],
  license: 'none',
  runsAs: 'caller',
  rate: 'write',
  secret: false,
} as const;

/** Elasticsearch asks for manage_security, and no less, for everything that changes a cross-cluster key. */
const CROSS_CLUSTER = {
  anyOf: ['manage_security'],
  allScope: ['manage_security'],
  license: 'none',
  runsAs: 'caller',
  rate: 'write',
  secret: false,
} as const;

/** Open to workloads, which a profile then allows or not; carried out with the identity of the service. */
const WORKLOAD = {
  authenticates: 'workload',
  anyOf: [],
  allScope: [],
  license: 'none',
  runsAs: 'service',
  rate: 'mesh',
  secret: false,
} as const;

/** For operators of credentials. */
const OVERSEE = {
  anyOf: READERS_OF_ALL,
  allScope: READERS_OF_ALL,
  license: 'none',
  runsAs: 'caller',
  rate: 'read',
  secret: false,
} as const;

/**
 * Every operation of the service: who may, on whose keys, as whom, how often. The guard, the OpenAPI document, the
 * metric labels, docs/operations.md and the permission tests all read this table and nothing else.
 */
export const OPERATIONS = {
  'session.get': {
    anyOf: [],
    allScope: [],
    license: 'none',
    runsAs: 'caller',
    rate: 'read',
    secret: false,
    summary: 'Who am I, what may I do, and on which Elasticsearch',
  },
  'license.get': {
    anyOf: [],
    allScope: [],
    license: 'none',
    runsAs: 'service',
    rate: 'read',
    secret: false,
    summary: "The cluster's license, and whether it allows cross-cluster keys",
  },
  'user-keys.create': {
    ...WRITE_OWN,
    rate: 'mint',
    secret: true,
    audit: 'user-key.created',
    summary: 'Create a user API key',
  },
  'user-keys.list': { ...READ, summary: 'List user API keys' },
  'user-keys.summary': { ...READ, summary: 'Count keys by type, status and owner' },
  'user-keys.get': { ...READ, summary: 'Read one user API key' },
  'user-keys.update': { ...WRITE_OWN, audit: 'user-key.updated', summary: 'Update a user API key' },
  'user-keys.invalidate': { ...INVALIDATE, audit: 'user-key.invalidated', summary: 'Invalidate one user API key' },
  'user-keys.invalidate-many': {
    ...INVALIDATE,
    audit: 'user-keys.invalidated',
    summary: 'Invalidate up to 100 user API keys',
  },
  'cross-cluster-keys.create': {
    ...CROSS_CLUSTER,
    license: 'enterprise',
    rate: 'mint',
    secret: true,
    audit: 'cross-cluster-key.created',
    summary: 'Create a cross-cluster API key',
  },
  'cross-cluster-keys.list': { ...READ, summary: 'List cross-cluster API keys' },
  'cross-cluster-keys.summary': { ...READ, summary: 'Count keys by type, and cross-cluster keys by status and owner' },
  'cross-cluster-keys.get': { ...READ, summary: 'Read one cross-cluster API key' },
  'cross-cluster-keys.update': {
    ...CROSS_CLUSTER,
    license: 'enterprise',
    audit: 'cross-cluster-key.updated',
    summary: 'Update a cross-cluster API key',
  },
  'cross-cluster-keys.invalidate': {
    ...CROSS_CLUSTER,
    audit: 'cross-cluster-key.invalidated',
    summary: 'Invalidate one cross-cluster API key',
  },
  'cross-cluster-keys.invalidate-many': {
    ...CROSS_CLUSTER,
    audit: 'cross-cluster-keys.invalidated',
    summary: 'Invalidate up to 100 cross-cluster API keys',
  },
  'cross-cluster-keys.connect': {
    ...READ,
    summary: 'How another cluster uses the key: steps and commands, without the secret',
  },
  'cross-cluster-keys.rotate': {
    ...CROSS_CLUSTER,
    license: 'enterprise',
    rate: 'mint',
    secret: true,
    audit: 'cross-cluster-key.rotated',
    summary: 'Make the successor of a cross-cluster key',
  },
  'cross-cluster-keys.finalize': {
    ...CROSS_CLUSTER,
    audit: 'cross-cluster-key.finalized',
    summary: 'End a rotation: invalidate the old key',
  },
  'cross-cluster-keys.match-identity': {
    anyOf: [],
    allScope: [],
    license: 'none',
    runsAs: 'caller',
    rate: 'read',
    secret: false,
    summary: 'Whether a certificate subject would match a certificate identity',
  },
  'managed-keys.create': {
    ...WRITE_OWN,
    rate: 'mint',
    secret: true,
    audit: 'managed-key.created',
    summary: 'Create a managed key',
  },
  'managed-keys.list': { ...READ, summary: 'List managed keys' },
  'managed-keys.summary': { ...READ, summary: 'Count keys by type, and managed keys by status and owner' },
  'managed-keys.expiring': { ...READ, summary: 'Managed keys that expire soon' },
  'managed-keys.calendar': { ...READ, summary: 'Managed keys that expire soon, as a calendar' },
  'managed-keys.get': { ...READ, summary: 'Read one managed key: who manages it, and what breaks without it' },
  'managed-keys.update': { ...WRITE_OWN, audit: 'managed-key.updated', summary: 'Update a managed key' },
  'managed-keys.invalidate': { ...INVALIDATE, audit: 'managed-key.invalidated', summary: 'Invalidate one managed key' },
  'managed-keys.invalidate-many': {
    ...INVALIDATE,
    audit: 'managed-keys.invalidated',
    summary: 'Invalidate up to 100 managed keys',
  },
  'managed-keys.rotate': {
    ...WRITE_OWN,
    rate: 'mint',
    secret: true,
    audit: 'managed-key.rotated',
    summary: 'Rotate a managed key with a time of grace',
  },
  'managed-keys.rotation': { ...READ, summary: 'How a rotation stands' },
  'managed-keys.cancel-rotation': {
    ...INVALIDATE,
    audit: 'managed-key.rotation-cancelled',
    summary: 'Return to the old key: end the new one',
  },
  'managed-keys.finalize-rotation': {
    ...INVALIDATE,
    audit: 'managed-key.rotation-finalized',
    summary: 'End the old key at once',
  },
  'credentials.issue': {
    ...WORKLOAD,
    rate: 'mint',
    secret: true,
    audit: 'credential.issued',
    records: 'valid',
    summary: 'Get a short-lived key of a profile',
  },
  'leases.renew': {
    ...WORKLOAD,
    rate: 'write',
    audit: 'lease.renewed',
    records: 'valid',
    summary: 'Stretch the life of a lease',
  },
  'leases.revoke': { ...WORKLOAD, rate: 'write', audit: 'lease.revoked', records: 'valid', summary: 'End a lease' },
  'sds.fetch': {
    ...WORKLOAD,
    secret: true,
    audit: 'credential.delivered',
    records: 'deliveries',
    largeBody: true,
    held: true,
    summary: "Envoy's poll for the key of a profile",
  },
  'credentials.list': {
    ...OVERSEE,
    summary: 'Credential profiles, whether they fit under the service identity, and what this replica holds',
  },
  'credentials.role': {
    ...OVERSEE,
    anyOf: ['read_security', 'manage_security'],
    summary: 'The role that the service identity needs',
  },
  'credentials.instances': { ...OVERSEE, summary: 'Envoys that use a profile, and who lags behind a rotation' },
  'credentials.envoy-config': { ...OVERSEE, summary: 'The Envoy configuration for a profile' },
  'leases.list': { ...OVERSEE, summary: 'List leases of workloads' },
  'leases.revoke-many': {
    ...INVALIDATE,
    anyOf: WRITERS_OF_ALL,
    audit: 'leases.revoked',
    records: 'valid',
    summary: 'End all leases of a profile, a namespace or a workload',
  },
} as const satisfies Record<string, Operation>;

export type OperationId = keyof typeof OPERATIONS;

export const OPERATION_IDS = Object.keys(OPERATIONS) as OperationId[];

export function operation(id: OperationId): Operation {
  return OPERATIONS[id];
}

export function isOfWorkloads({ authenticates = 'caller' }: Operation): boolean {
  return authenticates === 'workload';
}

/** Whether a caller with these privileges may; never for operations of workloads. */
export function isAllowed(row: Operation, privileges: ClusterPrivileges): boolean {
  const { anyOf } = row;
  if (isOfWorkloads(row)) return false;
  return anyOf.length === 0 || anyOf.some((privilege) => privileges[privilege]);
}

/** Whether the caller's privileges reach all keys or only its own. */
export function scopeOf({ allScope }: Operation, privileges: ClusterPrivileges): 'all' | 'own' {
  return allScope.some((privilege) => privileges[privilege]) ? 'all' : 'own';
}
