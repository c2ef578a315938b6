import { connect, type Socket } from 'node:net';
import { loadSettings } from '../../src/config/load-settings.js';
import { startService, type RunningService } from '../../src/service.js';
import type { Endpoint, FakeElasticsearch } from './fake-elasticsearch.js';
import { send, textOf, type Received } from './http.js';
import { PATIENT } from './patience.js';

export const JANE = `Basic ${Buffer.from('jane:wonderland').toString('base64')}`;
/** A credential of its own for a name. */
export const basicOf = (name: string): string => `Basic ${Buffer.from(`${name}:secret-of-${name}`).toString('base64')}`;

export const SEEDED_KEY = 'VuaCfGcBCdbkQm-e5aOx';

export interface Call {
  method: string;
  path: string;
  body?: unknown;
  /** The endpoint of Elasticsearch that the operation is about. */
  action: Endpoint;
  /** Changes something, so that it must reach Elasticsearch once. */
  write: boolean;
  /** Status when all is well. */
  ok: number;
}

const ONE = `/v1/user-keys/${SEEDED_KEY}`;

/** One good request for each operation on user keys, and the session. */
export const CALLS = {
  'session.get': { method: 'GET', path: '/v1/session', action: 'license', write: false, ok: 200 },
  'user-keys.create': {
    method: 'POST',
    path: '/v1/user-keys',
    body: { name: 'made-here', expiration: '1d' },
    action: 'create',
    write: true,
    ok: 201,
  },
  'user-keys.list': { method: 'GET', path: '/v1/user-keys', action: 'query', write: false, ok: 200 },
  'user-keys.summary': { method: 'GET', path: '/v1/user-keys/_summary', action: 'query', write: false, ok: 200 },
  'user-keys.get': { method: 'GET', path: ONE, action: 'query', write: false, ok: 200 },
  'user-keys.update': {
    method: 'PATCH',
    path: ONE,
    body: { metadata: { team: 'orders' } },
    action: 'update',
    write: true,
    ok: 200,
  },
  'user-keys.invalidate': { method: 'DELETE', path: ONE, action: 'invalidate', write: true, ok: 204 },
  'user-keys.invalidate-many': {
    method: 'POST',
    path: '/v1/user-keys/_invalidate',
    body: { ids: [SEEDED_KEY] },
    action: 'invalidate',
    write: true,
    ok: 200,
  },
} satisfies Record<string, Call>;

export type CallName = keyof typeof CALLS;

export const CALL_NAMES = Object.keys(CALLS) as CallName[];

export interface Answered extends Omit<Received, 'body'> {
  /** Parsed body, {} when there is none. */
  json: Record<string, unknown>;
}

export interface ServiceUnderTest {
  service: RunningService;
  url: string;
  port: number;
  /** Everything that was logged so far. */
  log(): string;
  clearLog(): void;
  metrics(): Promise<string>;
  send(
    method: string,
    path: string,
    options?: { body?: unknown; raw?: string | Uint8Array; headers?: Record<string, string> },
  ): Promise<Answered>;
  /** The good request of an operation, by default as Jane and on the seeded key. */
  call(name: CallName, headers?: Record<string, string>, keyId?: string): Promise<Answered>;
  /** Sends bytes as they are; resolves with all that came back when the other side has closed, or is silent for good. */
  speak(bytes: string | Buffer): Promise<string>;
  open(): Promise<Socket>;
}

/** Settings that give every call to Elasticsearch the same time. */
export const deadlines = (timeoutMs: number): Record<string, string> => ({
  LATCHKEY_PRIVILEGES_TIMEOUT_MS: String(timeoutMs),
  LATCHKEY_ELASTICSEARCH_TIMEOUT_MS: String(timeoutMs),
});

/** For faults that only a deadline ends. */
const HASTY_MS = 2000;

/** Two Latchkeys before one Elasticsearch, of which each fault has the one whose deadlines suit it. */
export interface FaultServices {
  /** @param promised code of the answer to the fault. */
  for(promised: { code: string }): ServiceUnderTest;
  stop(): Promise<void>;
}

export async function startForFaults(fake: FakeElasticsearch): Promise<FaultServices> {
  const hasty = await startUnderTest(fake, deadlines(HASTY_MS));
  const patient = await startUnderTest(fake);
  return {
    for: ({ code }) => (code === 'upstream.timeout' ? hasty : patient),
    stop: async () => {
      await hasty.service.stop();
      await patient.service.stop();
    },
  };
}

/** Latchkey in this process on free ports, without caches and rate limits, all its lines captured. */
export async function startUnderTest(
  elasticsearch: string | FakeElasticsearch,
  env: Record<string, string> = {},
): Promise<ServiceUnderTest> {
  const lines: string[] = [];
  const settings = loadSettings({
    ELASTICSEARCH_URL: typeof elasticsearch === 'string' ? elasticsearch : elasticsearch.url,
    LATCHKEY_HOST: '127.0.0.1',
    LATCHKEY_PORT: '0',
    LATCHKEY_METRICS_PORT: '0',
    LATCHKEY_LOG_LEVEL: 'trace',
    LATCHKEY_DOCS_ENABLED: 'false',
    LATCHKEY_DRAIN_MS: '0',
    LATCHKEY_PRIVILEGE_CACHE_MS: '0',
    LATCHKEY_IDENTITY_CACHE_MS: '0',
    LATCHKEY_LICENSE_CACHE_MS: '0',
    LATCHKEY_INVALIDATION_SETTLE_MS: '0',
    LATCHKEY_RATE_READ_PER_SECOND: '0',
    LATCHKEY_RATE_WRITE_PER_SECOND: '0',
    LATCHKEY_RATE_MINT_PER_SECOND: '0',
    ...PATIENT,
    ...env,
  });
  const service = await startService(settings, { logDestination: { write: (line: string) => void lines.push(line) } });
  const port = Number(new URL(service.url).port);
  const sendHere: ServiceUnderTest['send'] = (method, path, options) => exchange(service.url, method, path, options);
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(socket));
      socket.once('error', reject);
    });
  return {
    service,
    url: service.url,
    port,
    log: () => lines.join(''),
    clearLog: () => void (lines.length = 0),
    metrics: () => textOf(service.metricsUrl, '/metrics'),
    send: sendHere,
    call: (name, headers = {}, keyId = SEEDED_KEY) => {
      const { method, path, body } = CALLS[name] as Call;
      const raw = body === undefined ? undefined : JSON.stringify(body).replace(SEEDED_KEY, keyId);
      return sendHere(method, path.replace(SEEDED_KEY, keyId), {
        ...(raw !== undefined && { raw }),
        headers: { authorization: JANE, ...headers },
      });
    },
    open,
    speak: async (bytes) => listen(await open(), bytes),
  };
}

/** No answer takes so long. */
const SILENCE_MS = 60_000;

async function exchange(
  url: string,
  method: string,
  path: string,
  { body: given, raw, headers = {} }: Parameters<ServiceUnderTest['send']>[2] = {},
): Promise<Answered> {
  const payload = raw ?? (given === undefined ? undefined : JSON.stringify(given));
  const { body: json = {}, ...answer } = await send(url, method, path, { headers, payload });
  return { ...answer, json };
}

function listen(socket: Socket, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.removeAllListeners('error');
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    const finish = (): void => {
      clearTimeout(silence);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString());
    };
    const silence = setTimeout(finish, SILENCE_MS);
    socket.on('close', finish);
    socket.on('error', () => undefined);
    socket.write(bytes);
  });
}
