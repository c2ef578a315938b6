import type { ErrorDefinitions } from './error-definition.js';

/** Who calls, with which privileges and under which license. */
export const ACCESS_ERRORS = {
  'auth.missing': {
    status: 401,
    title: 'No credential was sent',
    remedy:
      'Send exactly one Authorization header: Basic, Bearer or ApiKey. It is forwarded to Elasticsearch unchanged.',
  },
  'auth.invalid': {
    status: 401,
    title: 'The credential was refused',
    remedy:
      'Elasticsearch does not accept this credential: it is wrong, expired, invalidated or malformed, ' +
      'or its type cannot be used for REST calls. Send another one.',
  },
  'workload.unauthenticated': {
    status: 401,
    title: 'The workload has not proved its identity',
    remedy:
      'On the mesh port present a client certificate with exactly one SPIFFE ID. ' +
      'On the main port send Authorization: Bearer with a token of a configured issuer. See docs/workload-identity.md.',
  },
  'workload.conflict': {
    status: 401,
    title: 'More than one proof of identity was sent',
    remedy: 'Send exactly one: a client certificate (mesh port) or a bearer token (main port).',
  },
  'workload.verifier-unavailable': {
    status: 503,
    title: 'The token cannot be verified now',
    remedy:
      "The issuer's keys or the Kubernetes TokenReview API cannot be reached, and unverified tokens are refused. " +
      'Try again after Retry-After.',
  },
  'privilege.missing': {
    status: 403,
    title: 'A privilege is missing',
    remedy: 'Ask your administrator for one of required_privileges, where the response names them.',
    members: { required_privileges: 'sometimes', missing_privileges: 'sometimes' },
    example: { required_privileges: ['manage_api_key', 'manage_security'], missing_privileges: ['manage_security'] },
  },
  'license.insufficient': {
    status: 403,
    title: 'The license does not allow this',
    remedy:
      'Cross-cluster API keys need an active Enterprise or trial license on the cluster that creates them. ' +
      'present_license, where it is known, names the current one.',
    members: { required_license: 'always', present_license: 'sometimes' },
    example: { required_license: ['enterprise', 'trial'], present_license: { type: 'basic', status: 'active' } },
  },
  'license.expired': {
    status: 403,
    title: 'The license has expired',
    remedy: "Renew the cluster's license. Existing keys can still be listed and invalidated.",
    members: { required_license: 'always', present_license: 'always' },
    example: { required_license: ['enterprise', 'trial'], present_license: { type: 'trial', status: 'expired' } },
  },
} as const satisfies ErrorDefinitions;
