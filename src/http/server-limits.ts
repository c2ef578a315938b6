import type { Settings } from '../config/settings.js';

export const MAX_REQUESTS_PER_SOCKET = 10_000;
const MAX_HEADER_BYTES = 16 * 1024;
/** How often Node looks for connections whose headers or body are overdue; its 30 s default makes the timeouts long. */
const CONNECTIONS_CHECK_MS = 1000;

/** Limits of Node's server that hold on every port of the API. */
export function serverLimits({ headersTimeoutMs }: Pick<Settings, 'headersTimeoutMs'>) {
  return {
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: CONNECTIONS_CHECK_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
  };
}
