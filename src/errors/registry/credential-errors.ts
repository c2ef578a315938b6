import type { ErrorDefinitions } from './error-definition.js';

/** Short-lived keys of workloads: profiles, credentials and leases. */
export const CREDENTIAL_ERRORS = {
  'profile.denied': {
    status: 403,
    title: 'No such profile for this workload',
    remedy:
      'The profile does not exist, or none of its allow rules matches this workload. ' +
      'Both cases return the same error so that profile names cannot be probed.',
  },
  'profile.unknown': {
    status: 404,
    title: 'No such profile',
    remedy: 'GET /v1/credentials lists the profiles in use.',
  },
  'profile.closed': {
    status: 403,
    title: 'The profile is closed',
    remedy:
      'An operator has closed it (closed: true in the profiles file). ' +
      'Existing keys stay valid until they are revoked or expire.',
  },
  'profile.unfit': {
    status: 503,
    title: 'The service identity has insufficient privileges for the profile',
    remedy:
      'Its keys would have fewer privileges than the profile names. GET /v1/credentials lists what is missing. ' +
      'GET /v1/credentials/_role prints the role that the service identity needs.',
  },
  'credential.not-ready': {
    status: 503,
    title: 'There is no credential yet',
    remedy:
      'The key is being made, or could not be made. ' +
      'Ask again after Retry-After. A sidecar keeps the credential that it has.',
  },
  'credential.limit': {
    status: 429,
    title: 'Too many credentials for this workload',
    remedy:
      "The workload has reached the profile's limit of active keys, or of new keys per minute. " +
      'Let leases expire, or revoke them.',
  },
  'lease.not-found': {
    status: 404,
    denies: true,
    title: 'No such lease',
    remedy: 'The id is unknown, or the lease belongs to another workload.',
  },
  'lease.ended': {
    status: 409,
    title: 'The lease has ended',
    remedy: 'Its key has expired or was revoked. Ask for a new credential.',
  },
  'lease.at-limit': {
    status: 409,
    title: 'The lease cannot be renewed any further',
    remedy: "The key has reached the profile's max_ttl. Ask for a new credential before the key expires.",
    members: { expires_at: 'always' },
    example: { expires_at: '2026-01-31T12:00:00.000Z' },
  },
} as const satisfies ErrorDefinitions;
