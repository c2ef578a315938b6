import type { ErrorDefinitions } from './error-definition.js';

/** The request itself: who cannot make it, its form, its route and its rate. */
export const REQUEST_ERRORS = {
  'caller.is-api-key': {
    status: 400,
    title: 'An API key cannot do this',
    remedy:
      'Call with the credential of a user or a token. A key that is created by an API key must have only empty role ' +
      'descriptors, such as {"none": {}}.',
  },
  'request.invalid': {
    status: 400,
    title: 'The request is not valid',
    remedy:
      'See errors[]. Each entry names the place (JSON pointer, query parameter or header), what is wrong and ' +
      'what is allowed.',
    members: { errors: 'sometimes' },
    example: { errors: [{ pointer: '/name', code: 'name.missing', detail: 'is required' }] },
  },
  'request.already-done': {
    status: 409,
    title: 'This request was already carried out',
    remedy:
      'The Idempotency-Key was used for an earlier create. ' +
      'A secret is returned only once. key_id, where it is known, names the key.',
    members: { key_id: 'sometimes' },
    example: { key_id: 'VuaCfGcBCdbkQm-e5aOx' },
  },
  'request.idempotency-mismatch': {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    remedy: 'Use a new Idempotency-Key for each different request.',
  },
  'request.precondition-failed': {
    status: 412,
    title: 'The key has changed',
    remedy: 'If-Match does not name the current state of the key. Read the key again, then decide again.',
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
    remedy: 'Send at most 64 headers with at most 16 KiB in total.',
  },
  'route.not-found': { status: 404, title: 'No such route', remedy: 'See /docs or /openapi.json for the routes.' },
  'route.method-not-allowed': {
    status: 405,
    title: 'The method is not allowed here',
    remedy: 'The Allow header lists the methods of this path.',
  },
  'rate.limited': { status: 429, title: 'Too many requests', remedy: 'Wait as long as Retry-After says.' },
} as const satisfies ErrorDefinitions;
