export interface ErrorDefinition {
  status: number;
  title: string;
  /** What a caller can do about it; printed in docs/errors.md. */
  remedy: string;
}

/** Every error that Latchkey answers, by its stable code. */
export const ERROR_REGISTRY = {
  'auth.missing': {
    status: 401,
    title: 'No credential was sent',
    remedy:
      'Send exactly one Authorization header: Basic, Bearer or ApiKey. It is forwarded to Elasticsearch as it is.',
  },
  'auth.invalid': {
    status: 401,
    title: 'The credential was refused',
    remedy:
      'Elasticsearch does not accept this credential: wrong, expired, invalidated, malformed, or of a kind that REST calls cannot use.',
  },
  'workload.unauthenticated': {
    status: 401,
    title: 'The workload has not proved who it is',
    remedy:
      'On the mesh port present a client certificate with exactly one SPIFFE id; on the main port send Authorization: Bearer with a token of a configured issuer. See docs/workload-identity.md.',
  },
  'workload.conflict': {
    status: 401,
    title: 'More than one proof of identity was sent',
    remedy: 'Exactly one must apply: a client certificate (mesh port) or a bearer token (main port), never both.',
  },
  'workload.verifier-unavailable': {
    status: 503,
    title: 'The token cannot be verified now',
    remedy:
      'The issuer (its keys, or the TokenReview of Kubernetes) cannot be reached; nothing is accepted unverified. Try again after Retry-After.',
  },
  'privilege.missing': {
    status: 403,
    title: 'A privilege is missing',
    remedy: 'Ask for one of required_privileges. Elasticsearch decides; Latchkey only says it early and clearly.',
  },
  'license.insufficient': {
    status: 403,
    title: 'The license does not allow this',
    remedy:
      'Cross-cluster API keys need an Enterprise or an active trial license on the cluster that makes them. present_license says what it has.',
  },
  'license.expired': {
    status: 403,
    title: 'The license has expired',
    remedy: 'Renew the license of the cluster; keys that exist can still be listed and invalidated.',
  },
  'key.not-found': {
    status: 404,
    title: 'No such key',
    remedy:
      'The id is unknown, or the key belongs to somebody whose keys the caller may not see. Invalidated and expired keys are removed after 7 days.',
  },
  'key.not-owner': {
    status: 403,
    title: 'Only the owner can do this',
    remedy:
      'Elasticsearch lets only the owner (username and realm) update a key, whatever privileges somebody else has. Call as the owner.',
  },
  'key.managed': {
    status: 409,
    title: 'The key is managed by software',
    remedy:
      'Managed keys are changed through the software that owns them or through /v1/managed-keys, never through the user-key routes.',
  },
  'key.wrong-type': {
    status: 409,
    title: 'The key is of another type',
    remedy: 'Use the routes of its type; the answer names them. The type of a key never changes.',
  },
  'key.invalidated': {
    status: 409,
    title: 'The key has been invalidated',
    remedy: 'An invalidated key can be neither changed nor brought back. Create a new one.',
  },
  'key.expired': {
    status: 409,
    title: 'The key has expired',
    remedy: 'An expired key can be neither changed nor prolonged. Create a new one.',
  },
  'key.invalidation-unconfirmed': {
    status: 503,
    title: 'The invalidation could not be confirmed',
    remedy: 'Something keeps updating the key while it is invalidated. Stop the updater and invalidate again.',
  },
  'key.confirmation-mismatch': {
    status: 409,
    title: 'The confirmation does not name the key',
    remedy:
      'confirm must be the name of the key, exactly. Read the key, see what breaks without it (manager), and say its name.',
  },
  'key.leased': {
    status: 409,
    title: 'The key is lent to a workload',
    remedy: 'Leases are renewed and revoked through /v1/leases; invalidating the key ends the lease as well.',
  },
  'template.not-allowed': {
    status: 403,
    title: 'The template may not be used',
    remedy: 'There is no such template, or the operator did not name this caller in it (LATCHKEY_MANAGED_KEYS_FILE).',
  },
  'template.changed': {
    status: 409,
    title: 'The template has changed',
    remedy:
      'The key was made by a template that has changed since. Make a new key by the template as it is now, or call as a holder of manage_security.',
  },
  'rotation.in-progress': {
    status: 409,
    title: 'A rotation of this key is under way',
    remedy:
      'Finalize it. If the secret of the new key (new_key_id) was lost, cancel it, which gives the old key its end back, and rotate again. A rotation of a cross-cluster key has no cancel: invalidate its new key.',
  },
  'rotation.not-found': {
    status: 409,
    title: 'There is no rotation of this key to finalize',
    remedy: 'Start one with POST .../rotate on the old key. Finalize is called on the old key too.',
  },
  'rotation.no-such-successor': {
    status: 422,
    title: 'new_key_id names no key',
    remedy: 'Send the id of the new key that rotate returned. Leave new_key_id out when only one new key is active.',
  },
  'rotation.unknown': {
    status: 404,
    title: 'No such rotation',
    remedy:
      'The id of a rotation is the id of its new key; it is known for as long as Elasticsearch keeps that key (7 days after its end).',
  },
  'rotation.owner-required': {
    status: 409,
    title: 'Only others can rotate this key',
    remedy:
      'A new key made by somebody else could do more than the old one. Call as its owner, or with the old secret and manage_api_key on Elasticsearch 9.4 or later; owner names the owner.',
  },
  'rotation.not-ready': {
    status: 409,
    title: 'The new key cannot take over',
    remedy: 'The detail says which key is not alive, or that it is not clear which one is meant. Nothing was changed.',
  },
  'profile.denied': {
    status: 403,
    title: 'No such profile for this workload',
    remedy:
      'The profile does not exist, or none of its allow rules matches what the workload has proved. Answered alike, so that names cannot be found out.',
  },
  'profile.unknown': {
    status: 404,
    title: 'No such profile',
    remedy: 'GET /v1/credentials lists the profiles in force.',
  },
  'profile.closed': {
    status: 403,
    title: 'The profile is closed',
    remedy:
      'An operator has closed it (closed: true in the profiles file). Keys that were given out live on until they are revoked or expire.',
  },
  'profile.unfit': {
    status: 503,
    title: 'The profile does not fit under the service identity',
    remedy:
      'Elasticsearch would give its keys less than it names. GET /v1/credentials says what is missing and GET /v1/credentials/_role prints the role that is needed.',
  },
  'credential.not-ready': {
    status: 503,
    title: 'There is no credential yet',
    remedy: 'The key is being made, or could not be made. Ask again after Retry-After; a sidecar keeps what it has.',
  },
  'credential.limit': {
    status: 429,
    title: 'Too many credentials for this workload',
    remedy:
      'The workload has reached the live keys or the new keys a minute of the profile (limits). Let leases end or revoke them.',
  },
  'lease.not-found': {
    status: 404,
    title: 'No such lease',
    remedy: 'The id is unknown or belongs to another workload.',
  },
  'lease.ended': {
    status: 409,
    title: 'The lease has ended',
    remedy: 'Its key has expired or was revoked. Ask for a new one.',
  },
  'lease.at-limit': {
    status: 409,
    title: 'The lease cannot be renewed any further',
    remedy: 'The key has reached max_ttl of its profile. Ask for a new one before it expires.',
  },
  'service-identity.missing': {
    status: 501,
    title: 'No service identity is configured',
    remedy:
      'This needs an identity of the service itself: set ELASTICSEARCH_SERVICE_USERNAME and ELASTICSEARCH_SERVICE_PASSWORD_FILE, or ELASTICSEARCH_SERVICE_TOKEN_FILE.',
  },
  'service-identity.refused': {
    status: 503,
    title: "The service's own credential is refused",
    remedy:
      'Elasticsearch does not accept the configured service identity: an operator must renew its password or token.',
  },
  'service-identity.insufficient': {
    status: 501,
    title: "The service's own identity may not do this",
    remedy: 'An operator must give the service identity the privilege that the detail names.',
  },
  'audit.unavailable': {
    status: 503,
    title: 'The audit trail cannot be written',
    remedy: 'Nothing was given out: a key that was just made has been invalidated. Repair the audit file or index.',
  },
  'caller.is-api-key': {
    status: 400,
    title: 'An API key cannot do this',
    remedy:
      'Call with a user or token credential. A key made by an API key must have only empty role descriptors, such as {"none": {}}.',
  },
  'request.invalid': {
    status: 400,
    title: 'The request is not valid',
    remedy:
      'See errors[]: each names the place (JSON pointer, query parameter or header), what was wrong and what is allowed.',
  },
  'request.already-done': {
    status: 409,
    title: 'This request was already carried out',
    remedy:
      'The Idempotency-Key was used for a create that succeeded. The secret is answered once and cannot be given again; key_id names the key.',
  },
  'request.idempotency-mismatch': {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    remedy: 'Use a new Idempotency-Key for each different request.',
  },
  'request.precondition-failed': {
    status: 412,
    title: 'The key has changed',
    remedy: 'If-Match does not name the present state of the key. Read it again and decide anew.',
  },
  'request.timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    remedy: 'Send headers and body without pauses.',
  },
  'request.too-large': {
    status: 413,
    title: 'The request body is too large',
    remedy: 'Keep the body within the documented limit (64 KiB by default).',
  },
  'request.unsupported-media-type': {
    status: 415,
    title: 'The media type is not supported',
    remedy: 'Send JSON as application/json in UTF-8, without content encoding.',
  },
  'request.headers-too-large': {
    status: 431,
    title: 'The request headers are too large',
    remedy: 'At most 16 KiB and 64 headers are accepted.',
  },
  'route.not-found': { status: 404, title: 'No such route', remedy: 'See /docs or /openapi.json for the routes.' },
  'route.method-not-allowed': {
    status: 405,
    title: 'The method is not allowed here',
    remedy: 'The Allow header lists the methods of this path.',
  },
  'rate.limited': { status: 429, title: 'Too many requests', remedy: 'Wait as long as Retry-After says.' },
  'feature.api-keys-disabled': {
    status: 501,
    title: 'API keys are disabled in Elasticsearch',
    remedy: 'Set xpack.security.authc.api_key.enabled: true in Elasticsearch.',
  },
  'feature.security-disabled': {
    status: 501,
    title: 'Security is disabled in Elasticsearch',
    remedy: 'Set xpack.security.enabled: true in Elasticsearch; without it there are no API keys.',
  },
  'feature.not-available': {
    status: 501,
    title: 'This Elasticsearch cannot do that',
    remedy: 'The detail names the version or the kind of cluster that is needed.',
  },
  'upstream.unavailable': {
    status: 503,
    title: 'Elasticsearch cannot be reached',
    remedy:
      'Try again after Retry-After. A create that failed so may have been carried out: look for the name before a second try.',
  },
  'upstream.timeout': {
    status: 504,
    title: 'Elasticsearch did not answer in time',
    remedy: 'The outcome of a write is unknown: read before a second try.',
  },
  'upstream.invalid': {
    status: 502,
    title: 'Elasticsearch gave an answer that cannot be used',
    remedy:
      'Check that ELASTICSEARCH_URL names Elasticsearch itself and see its log; the outcome of a write is unknown.',
  },
  'upstream.busy': { status: 429, title: 'Elasticsearch is too busy', remedy: 'Wait as long as Retry-After says.' },
  'service.timeout': {
    status: 503,
    title: 'The request took too long inside Latchkey',
    remedy: 'The outcome of a write is unknown: read before a second try.',
  },
  internal: { status: 500, title: 'Latchkey failed', remedy: 'A defect: report the request_id.' },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof ERROR_REGISTRY;
