/**
 * Deadlines that a slow, busy machine does not miss. Every service under test has them; a test that is about a deadline
 * sets its own.
 */
export const PATIENT = {
  LATCHKEY_PRIVILEGES_TIMEOUT_MS: '120000',
  LATCHKEY_ELASTICSEARCH_TIMEOUT_MS: '120000',
  LATCHKEY_HANDLER_TIMEOUT_MS: '300000',
  LATCHKEY_REQUEST_TIMEOUT_MS: '300000',
  LATCHKEY_HEADERS_TIMEOUT_MS: '300000',
};
