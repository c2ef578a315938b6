import { integer, text } from '../setting.js';

/** Where the service listens. */
export const addresses = {
  host: text({
    name: 'LATCHKEY_HOST',
    description: 'Address on which the service listens.',
    pattern: /^[A-Za-z0-9_.:%-]{1,253}$/,
    expects: 'an IP address or a host name',
    default: '0.0.0.0',
  }),
  port: integer({
    name: 'LATCHKEY_PORT',
    description: 'Port of the API. 0 takes any free port.',
    min: 0,
    max: 65535,
    default: 8080,
  }),
  metricsPort: integer({
    name: 'LATCHKEY_METRICS_PORT',
    description:
      'Port of the metrics, apart from the API so that it need not be reachable from outside. 0 takes any free ' +
      'port.',
    min: 0,
    max: 65535,
    default: 9464,
  }),
};

/** What a request may take, and how the service stops. */
export const requests = {
  handlerTimeoutMs: integer({
    name: 'LATCHKEY_HANDLER_TIMEOUT_MS',
    description: 'Longest time for a request from its headers to its answer.',
    unit: 'ms',
    min: 10,
    max: 300_000,
    default: 15_000,
  }),
  requestTimeoutMs: integer({
    name: 'LATCHKEY_REQUEST_TIMEOUT_MS',
    description: 'Longest time for a client to send a whole request.',
    unit: 'ms',
    min: 100,
    max: 300_000,
    default: 10_000,
  }),
  headersTimeoutMs: integer({
    name: 'LATCHKEY_HEADERS_TIMEOUT_MS',
    description: 'Longest time for a client to send the headers; not more than the time for the whole request.',
    unit: 'ms',
    min: 100,
    max: 300_000,
    default: 5000,
  }),
  keepAliveTimeoutMs: integer({
    name: 'LATCHKEY_KEEP_ALIVE_TIMEOUT_MS',
    description: 'How long an idle connection stays open; longer than the idle time of the proxy in front.',
    unit: 'ms',
    min: 1,
    max: 3_600_000,
    default: 72_000,
  }),
  bodyLimitBytes: integer({
    name: 'LATCHKEY_BODY_LIMIT_BYTES',
    description: 'Largest request body.',
    unit: 'bytes',
    min: 1024,
    max: 1_048_576,
    default: 65_536,
  }),
  drainMs: integer({
    name: 'LATCHKEY_DRAIN_MS',
    description: 'How long the service still takes new requests after SIGTERM while it reports itself not ready.',
    unit: 'ms',
    min: 0,
    max: 300_000,
    default: 5000,
  }),
  shutdownTimeoutMs: integer({
    name: 'LATCHKEY_SHUTDOWN_TIMEOUT_MS',
    description: 'Longest time from SIGTERM to the end of the process, the drain included.',
    unit: 'ms',
    min: 100,
    max: 600_000,
    default: 20_000,
  }),
};
