import { request, type OutgoingHttpHeader } from 'node:http';
import { loadSettings } from '../../src/config/load-settings.js';
import { startService } from '../../src/service.js';
import { send, textOf, toReceived, type Received } from './http.js';
import { PATIENT } from './patience.js';

export type Answer = Received;

interface CallOptions {
  /** The whole value of the Authorization header; none is sent without it. */
  authorization?: string;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Latchkey {
  url: string;
  metricsUrl: string;
  metrics(): Promise<string>;
  /** Every log line so far, at level trace. */
  lines: string[];
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Headers as they are listed, so that one can be sent twice. */
  callRaw(method: string, path: string, headers: Array<[string, string]>): Promise<Answer>;
  stop(): Promise<void>;
}

/** Starts Latchkey in this process on free ports, without rate limits, in front of the Elasticsearch at `url`. */
export async function startLatchkey(url: string, overrides: Record<string, string> = {}): Promise<Latchkey> {
  const lines: string[] = [];
  const settings = loadSettings({
    ELASTICSEARCH_URL: url,
    LATCHKEY_HOST: '127.0.0.1',
    LATCHKEY_PORT: '0',
    LATCHKEY_METRICS_PORT: '0',
    LATCHKEY_LOG_LEVEL: 'trace',
    LATCHKEY_DRAIN_MS: '0',
    LATCHKEY_RATE_READ_PER_SECOND: '0',
    LATCHKEY_RATE_WRITE_PER_SECOND: '0',
    LATCHKEY_RATE_MINT_PER_SECOND: '0',
    ...PATIENT,
    ...overrides,
  });
  const service = await startService(settings, { logDestination: { write: (line: string) => void lines.push(line) } });
  return {
    url: service.url,
    metricsUrl: service.metricsUrl,
    lines,
    metrics: () => textOf(service.metricsUrl, '/metrics'),
    call: (method, path, options) => call(service.url, method, path, options),
    callRaw: (method, path, headers) => callRaw(`${service.url}${path}`, method, headers),
    stop: () => service.stop(),
  };
}

function call(
  url: string,
  method: string,
  path: string,
  { authorization, body, headers = {} }: CallOptions = {},
): Promise<Answer> {
  return send(url, method, path, {
    headers: { ...(authorization !== undefined && { authorization }), ...headers },
    payload: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
}

function callRaw(url: string, method: string, headers: Array<[string, string]>): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const sent: OutgoingHttpHeader[] = ['host', new URL(url).host, ...headers.flat()];
  const outgoing = request(url, { method, headers: sent as readonly string[] }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (text += chunk));
    response.on('error', reject);
    response.on('end', () => {
      const received = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
        values.map((value): [string, string] => [name, value]),
      );
      resolve(toReceived(response.statusCode ?? 0, new Headers(received), text));
    });
  });
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}
