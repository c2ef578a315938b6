import type { ErrorDefinitions } from './error-definition.js';

/** One key, and the template that a key is made by. */
export const KEY_ERRORS = {
  'key.not-found': {
    status: 404,
    title: 'No such key',
    remedy:
      'The id is unknown, or the caller may not see the key. ' +
      'Check the id. Elasticsearch removes invalidated and expired keys after 7 days.',
  },
  'key.not-owner': {
    status: 403,
    title: 'Only the owner can do this',
    remedy:
      'Elasticsearch lets only the owner (username and realm) update a key, whatever privileges other users hold. ' +
      'Call as the owner.',
    members: { owner: 'always' },
    example: { owner: { username: 'jane', realm: 'native1' } },
  },
  'key.managed': {
    status: 409,
    title: 'The key is managed by software',
    remedy:
      'Change the key through the software that manages it, or through /v1/managed-keys. ' +
      'The user-key routes refuse managed keys.',
    members: { see: 'always', manager: 'always' },
    example: {
      see: '/v1/managed-keys/VuaCfGcBCdbkQm-e5aOx',
      manager: {
        label: 'Kibana alerting',
        owner: 'Kibana',
        consequence: 'The alerting rules that run with this key stop.',
      },
    },
  },
  'key.wrong-type': {
    status: 409,
    title: 'The key is of another type',
    remedy: 'Use the route that `see` names. The type of a key never changes.',
    members: { see: 'always' },
    example: { see: '/v1/cross-cluster-keys/VuaCfGcBCdbkQm-e5aOx' },
  },
  'key.invalidated': {
    status: 409,
    title: 'The key has been invalidated',
    remedy: 'An invalidated key can be neither changed nor restored. Create a new one.',
  },
  'key.expired': {
    status: 409,
    title: 'The key has expired',
    remedy: 'An expired key can be neither changed nor extended. Create a new one.',
  },
  'key.invalidation-unconfirmed': {
    status: 503,
    title: 'The invalidation could not be confirmed',
    remedy: 'Something keeps updating the key while it is invalidated. Stop the updates and invalidate again.',
  },
  'key.confirmation-mismatch': {
    status: 409,
    title: 'The confirmation does not name the key',
    remedy: "`confirm` must equal the key's name. GET the key and check `manager.consequence` first.",
  },
  'key.leased': {
    status: 409,
    title: 'The key is leased to a workload',
    remedy: 'Renew or revoke the lease through /v1/leases. Revoking a lease invalidates its key.',
    members: { see: 'always' },
    example: { see: '/v1/leases' },
  },
  'template.not-allowed': {
    status: 403,
    title: 'The template may not be used',
    remedy:
      'The template does not exist, or it does not list this caller. ' +
      'Templates and their callers are in LATCHKEY_MANAGED_KEYS_FILE.',
  },
  'template.changed': {
    status: 409,
    title: 'The template has changed',
    remedy:
      'The template has changed since it made this key. ' +
      'Create a new key with the current template, or call as a user who holds manage_security.',
  },
} as const satisfies ErrorDefinitions;
