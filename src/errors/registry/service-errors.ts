import type { ErrorDefinitions } from './error-definition.js';

/** The service's own identity and its audit trail. */
export const SERVICE_ERRORS = {
  'service-identity.missing': {
    status: 501,
    title: 'No service identity is configured',
    remedy:
      'This operation needs an identity of the service itself. Set ELASTICSEARCH_SERVICE_USERNAME and ' +
      'ELASTICSEARCH_SERVICE_PASSWORD_FILE, or ELASTICSEARCH_SERVICE_TOKEN_FILE.',
  },
  'service-identity.refused': {
    status: 503,
    title: "The service's own credential is refused",
    remedy: 'Elasticsearch does not accept the service identity. An operator must renew its password or token.',
  },
  'service-identity.insufficient': {
    status: 501,
    title: "The service's own identity may not do this",
    remedy: 'An operator must give the service identity the privilege that the detail names.',
  },
  'audit.unavailable': {
    status: 503,
    title: 'The audit trail cannot be written',
    remedy:
      'No secret was returned, and a key that was just made was invalidated. ' +
      'If that failed too, key_id names the key: invalidate it. Repair the audit file or index.',
    members: { key_id: 'sometimes' },
    example: { key_id: 'VuaCfGcBCdbkQm-e5aOx' },
  },
} as const satisfies ErrorDefinitions;
