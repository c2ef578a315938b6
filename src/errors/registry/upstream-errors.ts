import type { ErrorDefinitions } from './error-definition.js';

/** Elasticsearch and the way to it, and failures of Latchkey itself. */
export const UPSTREAM_ERRORS = {
  'feature.api-keys-disabled': {
    status: 501,
    title: 'API keys are disabled in Elasticsearch',
    remedy: 'Set xpack.security.authc.api_key.enabled: true in Elasticsearch.',
  },
  'feature.security-disabled': {
    status: 501,
    title: 'Security is disabled in Elasticsearch',
    remedy: 'Set xpack.security.enabled: true in Elasticsearch. Without it there are no API keys.',
  },
  'feature.not-available': {
    status: 501,
    title: 'This Elasticsearch cannot do that',
    remedy: 'The detail names the version or the type of cluster that is needed.',
    members: { errors: 'sometimes' },
    example: {
      errors: [
        { pointer: '/certificate_identity', code: 'version.too-old', detail: 'needs Elasticsearch 9.3 or later' },
      ],
    },
  },
  'upstream.unavailable': {
    status: 503,
    title: 'Elasticsearch cannot be reached',
    remedy:
      'Try again after Retry-After. ' +
      'After a failed create the key may have been created anyway. Search for its name before retrying.',
  },
  'upstream.timeout': {
    status: 504,
    title: 'Elasticsearch did not respond in time',
    remedy: 'The outcome of a write is unknown. Read the current state before retrying.',
  },
  'upstream.invalid': {
    status: 502,
    title: 'Elasticsearch returned a response that cannot be used',
    remedy:
      'Check that ELASTICSEARCH_URL points to Elasticsearch itself, and check its log. ' +
      'The outcome of a write is unknown.',
  },
  'upstream.busy': { status: 429, title: 'Elasticsearch is too busy', remedy: 'Wait as long as Retry-After says.' },
  'service.timeout': {
    status: 503,
    title: 'The request took too long inside Latchkey',
    remedy: 'The outcome of a write is unknown. Read the current state before retrying.',
  },
  internal: { status: 500, title: 'Latchkey failed', remedy: 'This is a defect. Report it with the request_id.' },
} as const satisfies ErrorDefinitions;
