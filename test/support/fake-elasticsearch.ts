import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

export type Endpoint =
  | 'has_privileges'
  | 'authenticate'
  | 'probe'
  | 'query'
  | 'create'
  | 'update'
  | 'invalidate'
  | 'license'
  | 'info'
  | 'unknown';

export interface RecordedRequest {
  endpoint: Endpoint;
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
  /** Every header as it came, in pairs. */
  headers: Array<[name: string, value: string]>;
}

interface Answer {
  status: number;
  body: unknown;
}

/** One request that is to go wrong. */
interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  socket: Socket;
  /** Carries out what was asked, as Elasticsearch would, and returns its answer. */
  commit(): Answer;
  /** Text of an answer in which secrets stand that must get no further. */
  secretBody: string;
  /** Runs something later, unless the fake has been closed. */
  later(ms: number, work: () => void): void;
}

/** Makes one exchange go wrong. */
export type Fault = (exchange: Exchange) => void;

export interface FakeKey {
  id: string;
  name: string;
  type: 'rest' | 'cross_cluster';
  creation: number;
  expiration?: number;
  invalidated: boolean;
  invalidation?: number;
  username: string;
  realm: string;
  realm_type: string;
  metadata: Record<string, unknown>;
  role_descriptors: Record<string, unknown>;
}

const PRODUCT = { 'x-elastic-product': 'Elasticsearch' };
const JSON_TYPE = { 'content-type': 'application/json' };
const DRIBBLE_MS = 100;
/** Beyond the largest answer that the client takes (16 MiB). */
const OVERSIZED_CHUNKS = 17;

/**
 * A stand-in that can be told to misbehave, endpoint by endpoint, and that remembers everything it was sent. It knows
 * nothing of Elasticsearch's rules: for those there is the sandbox.
 */
export class FakeElasticsearch {
  readonly requests: RecordedRequest[] = [];
  readonly keys = new Map<string, FakeKey>();
  /** Secrets of keys that were created here. */
  readonly secrets: string[] = [];
  /** Secrets that stand in the answers of faults; made anew by `forget`. */
  canaries: string[] = [];
  /** How long a good answer of an endpoint takes. */
  readonly latencyMs = new Map<Endpoint, number>();
  privileges: Record<string, boolean> = {};
  connections = 0;

  private readonly faults = new Map<string, Fault>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer(
      { keepAliveTimeout: 0, maxHeaderSize: 64 * 1024 },
      (request, response) => void this.receive(request, response),
    );
    this.server.on('connection', () => (this.connections += 1));
    this.forget();
  }

  static async start(): Promise<FakeElasticsearch> {
    const fake = new FakeElasticsearch();
    await new Promise<void>((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on the endpoint misbehaves, for everybody or for one caller; a probe for one key. */
  break(endpoint: Endpoint, fault: Fault, of = '*'): void {
    this.faults.set(`${endpoint} ${of}`, fault);
  }

  /** Forgets requests, keys and faults. */
  forget(): void {
    this.requests.length = 0;
    this.keys.clear();
    this.secrets.length = 0;
    this.faults.clear();
    this.latencyMs.clear();
    this.privileges = {};
    this.canaries = ['api_key', 'encoded', 'access_token'].map(
      (name) => `canary-${name}-${randomBytes(9).toString('hex')}`,
    );
  }

  received(endpoint: Endpoint, authorization?: string): RecordedRequest[] {
    return this.requests.filter(
      (request) =>
        request.endpoint === endpoint &&
        (authorization === undefined || headerOf(request, 'authorization') === authorization),
    );
  }

  addKey(key: Partial<FakeKey> & { id: string }): FakeKey {
    const full: FakeKey = {
      name: 'a-key',
      type: 'rest',
      creation: Date.now(),
      invalidated: false,
      username: 'jane',
      realm: 'default_native',
      realm_type: 'native',
      metadata: {},
      role_descriptors: {},
      ...key,
    };
    this.keys.set(full.id, full);
    return full;
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://fake');
    const text = Buffer.concat(chunks).toString();
    const probed = this.probed(request);
    const recorded: RecordedRequest = {
      endpoint: probed !== undefined ? 'probe' : endpointOf(request.method ?? '', url.pathname),
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      body: text === '' ? undefined : JSON.parse(text),
      headers: pairs(request.rawHeaders),
    };
    // A probe shows a wrong secret, and some come in the background: it is nobody's request.
    if (probed === undefined) this.requests.push(recorded);
    const fault =
      this.faults.get(`${recorded.endpoint} ${probed ?? headerOf(recorded, 'authorization')}`) ??
      this.faults.get(`${recorded.endpoint} *`);
    const commit = (): Answer => (probed === undefined ? this.answer(recorded) : this.probe(probed));
    if (fault !== undefined) {
      const later = (ms: number, work: () => void): void => this.later(ms, work);
      fault({ request, response, socket: request.socket, commit, secretBody: this.secretBody(), later });
      return;
    }
    this.later(this.latencyMs.get(recorded.endpoint) ?? 0, () => send(response, commit()));
  }

  /** The id of the key whose life is asked for by an authentication with a wrong secret. */
  private probed({ url, headers: { authorization = '' } }: IncomingMessage): string | undefined {
    const [, encoded = ''] = /^ApiKey (.+)$/.exec(authorization) ?? [];
    if (url !== '/_security/_authenticate' || this.secrets.includes(encoded)) return undefined;
    return /^([^:]+):[\w-]{22}$/.exec(Buffer.from(encoded, 'base64').toString())?.[1];
  }

  private probe(id: string): Answer {
    const key = this.keys.get(id);
    const found = key?.invalidated ? `api key [${id}] has been invalidated` : `invalid credentials for API key [${id}]`;
    const reason = key === undefined ? `unable to find apikey with id ${id}` : found;
    const error = {
      type: 'security_exception',
      reason: 'x',
      additional_unsuccessful_credentials: `API key: ${reason}`,
    };
    return { status: 401, body: { error, status: 401 } };
  }

  private later(ms: number, work: () => void): void {
    if (ms === 0) return work();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      work();
    }, ms);
    this.timers.add(timer);
  }

  private secretBody(): string {
    const [apiKey, encoded, accessToken] = this.canaries;
    return JSON.stringify({
      id: 'VuaCfGcBCdbkQm-e5aOx',
      name: 'made',
      api_key: apiKey,
      encoded,
      access_token: accessToken,
      error: { type: 'x', reason: apiKey },
      extra: encoded,
    });
  }

  private answer(request: RecordedRequest): Answer {
    const { endpoint, body, path } = request;
    if (headerOf(request, 'authorization') === undefined)
      return {
        status: 401,
        body: { error: { type: 'security_exception', reason: 'missing authentication credentials' }, status: 401 },
      };
    const input = (body ?? {}) as Record<string, unknown>;
    switch (endpoint) {
      case 'has_privileges':
        return {
          status: 200,
          body: {
            username: 'jane',
            has_all_requested: true,
            cluster: this.clusterPrivileges(input),
            index: {},
            application: {},
          },
        };
      case 'authenticate':
        return { status: 200, body: caller() };
      case 'license':
        return {
          status: 200,
          body: { license: { type: 'trial', status: 'active', expiry_date_in_millis: 1_798_142_400_000 } },
        };
      case 'info':
        return { status: 200, body: { version: { number: '9.5.3', build_flavor: 'default' } } };
      case 'query':
        return { status: 200, body: this.query(input) };
      case 'create':
        return { status: 200, body: this.create(input) };
      case 'update':
        return this.update(path, input);
      case 'invalidate':
        return { status: 200, body: this.invalidate(input) };
      default:
        return { status: 400, body: { error: `no handler found for uri [${path}]`, status: 400 } };
    }
  }

  private clusterPrivileges({ cluster }: Record<string, unknown>): Record<string, boolean> {
    return Object.fromEntries((cluster as string[]).map((name) => [name, this.privileges[name] ?? true]));
  }

  private query({ query, aggs, size = 10 }: Record<string, unknown>): unknown {
    const ids = (query as { ids?: { values: string[] } } | undefined)?.ids?.values;
    const once = idempotencyIn(query);
    const found = [...this.keys.values()].filter(
      ({ id, metadata }) =>
        (ids === undefined || ids.includes(id)) &&
        (once === undefined || (metadata['latchkey'] as { idempotency?: string } | undefined)?.idempotency === once),
    );
    const bucket = { doc_count: found.length };
    const kind = { ...bucket, statuses: { buckets: { active: bucket } }, owners: { buckets: [] } };
    return {
      total: found.length,
      count: found.length,
      api_keys: found
        .slice(0, size as number)
        .map((key) => ({ ...key, _sort: [String(key.creation), key.name, key.username, key.realm] })),
      ...(aggs !== undefined && { aggregations: { kinds: { buckets: { user: kind } } } }),
    };
  }

  private create({ name, metadata, role_descriptors: roles }: Record<string, unknown>): unknown {
    const id = randomBytes(15).toString('base64url');
    const secret = `made-${randomBytes(12).toString('hex')}`;
    const encoded = Buffer.from(`${id}:${secret}`).toString('base64');
    this.secrets.push(secret, encoded);
    this.addKey({
      id,
      name: String(name),
      metadata: (metadata ?? {}) as FakeKey['metadata'],
      role_descriptors: (roles ?? {}) as FakeKey['role_descriptors'],
    });
    return { id, name, api_key: secret, encoded };
  }

  private update(path: string, { metadata, role_descriptors: roles }: Record<string, unknown>): Answer {
    const key = this.keys.get(decodeURIComponent(path.split('/').at(-1) ?? ''));
    if (key === undefined)
      return {
        status: 404,
        body: { error: { type: 'resource_not_found_exception', reason: 'no such key' }, status: 404 },
      };
    if (metadata !== undefined) key.metadata = metadata as FakeKey['metadata'];
    if (roles !== undefined) key.role_descriptors = roles as FakeKey['role_descriptors'];
    return { status: 200, body: { updated: true } };
  }

  private invalidate({ ids }: Record<string, unknown>): unknown {
    const ended = (ids as string[]).filter((id) => this.keys.get(id)?.invalidated === false);
    for (const id of ended) Object.assign(this.keys.get(id) ?? {}, { invalidated: true, invalidation: Date.now() });
    return { invalidated_api_keys: ended, previously_invalidated_api_keys: [], error_count: 0 };
  }
}

function endpointOf(method: string, path: string): Endpoint {
  switch (`${method} ${path}`) {
    case 'POST /_security/user/_has_privileges':
      return 'has_privileges';
    case 'GET /_security/_authenticate':
      return 'authenticate';
    case 'POST /_security/_query/api_key':
      return 'query';
    case 'POST /_security/api_key':
    case 'POST /_security/cross_cluster/api_key':
      return 'create';
    case 'DELETE /_security/api_key':
      return 'invalidate';
    case 'GET /_license':
      return 'license';
    case 'GET /':
      return 'info';
    default:
      return method === 'PUT' && /^\/_security\/(cross_cluster\/)?api_key\/[^/]+$/.test(path) ? 'update' : 'unknown';
  }
}

/** The digest of an Idempotency-Key that a query looks for. */
function idempotencyIn(query: unknown): string | undefined {
  const [, digest] = /"metadata\.latchkey\.idempotency":"([^"]+)"/.exec(JSON.stringify(query ?? {})) ?? [];
  return digest;
}

export function headerOf({ headers }: RecordedRequest, name: string): string | undefined {
  return headers.find(([given]) => given.toLowerCase() === name)?.[1];
}

function caller(): unknown {
  return {
    username: 'jane',
    roles: ['r'],
    enabled: true,
    authentication_realm: { name: 'default_native', type: 'native' },
    lookup_realm: { name: 'default_native', type: 'native' },
    authentication_type: 'realm',
  };
}

function pairs(raw: readonly string[]): Array<[string, string]> {
  return raw.flatMap((name, index): Array<[string, string]> => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));
}

function send(response: ServerResponse, { status, body }: Answer, headers: Record<string, string> = {}): void {
  response
    .writeHead(status, { ...PRODUCT, ...JSON_TYPE, ...headers })
    .end(typeof body === 'string' ? body : JSON.stringify(body));
}

const answersStatus =
  (status: number, headers: Record<string, string> = {}): Fault =>
  ({ response, secretBody }) =>
    send(response, { status, body: secretBody }, headers);

const answersText =
  (text: (secretBody: string) => string, headers: Record<string, string> = {}): Fault =>
  ({ response, secretBody }) =>
    send(response, { status: 200, body: text(secretBody) }, headers);

/** What can go wrong between us and Elasticsearch. Whatever is answered holds secrets. */
export const FAULTS = {
  resetBeforeHeaders: ({ socket }) => void socket.resetAndDestroy(),
  resetAfterHeaders: ({ response, socket, later }) => {
    response.writeHead(200, { ...PRODUCT, ...JSON_TYPE, 'content-length': '4096' }).flushHeaders();
    later(20, () => socket.resetAndDestroy());
  },
  resetMidBody: ({ response, socket, secretBody, later }) => {
    response.writeHead(200, { ...PRODUCT, ...JSON_TYPE, 'content-length': '4096' }).write(secretBody);
    later(20, () => socket.resetAndDestroy());
  },
  resetAfterCommit: ({ commit, socket }) => {
    commit();
    socket.resetAndDestroy();
  },
  neverAnswer: () => undefined,
  silentAfterHeaders: ({ response }) =>
    response.writeHead(200, { ...PRODUCT, ...JSON_TYPE, 'content-length': '4096' }).flushHeaders(),
  dribble: ({ response, secretBody, later }) => {
    response.writeHead(200, { ...PRODUCT, ...JSON_TYPE });
    const drip = (index: number): void => {
      if (response.destroyed || index >= secretBody.length) return;
      response.write(secretBody[index] ?? '');
      later(DRIBBLE_MS, () => drip(index + 1));
    };
    drip(0);
  },
  busy: answersStatus(429),
  busyWithRetryAfter: answersStatus(429, { 'retry-after': '7' }),
  busyWithAbsurdRetryAfter: answersStatus(429, { 'retry-after': '9999999999' }),
  status500: answersStatus(500),
  status502: answersStatus(502),
  status503: answersStatus(503),
  status503WithRetryAfter: answersStatus(503, { 'retry-after': '9' }),
  status504: answersStatus(504),
  /** With the right answer as its body, to tempt whoever does not look at the status. */
  redirect: ({ response, commit }) => send(response, { status: 302, body: commit().body }, { location: '/elsewhere' }),
  html500: ({ response, secretBody }) =>
    send(response, { status: 500, body: `<html>${secretBody}</html>` }, { 'content-type': 'text/html' }),
  truncatedJson: answersText((text) => text.slice(0, -20)),
  wrongShape: answersText((text) => JSON.stringify({ unexpected: JSON.parse(text) })),
  arrayInsteadOfObject: answersText((text) => `[${text}]`),
  emptyAnswer: answersText(() => ''),
  html: answersText((text) => `<html><body>${text}</body></html>`, { 'content-type': 'text/html' }),
  missingProductHeader: ({ response, commit }) => {
    response.writeHead(200, JSON_TYPE).end(JSON.stringify(commit().body));
  },
  /** Nobody asked for it, and how long it gets cannot be known beforehand. */
  compressed: ({ response, commit }) => {
    response
      .writeHead(200, { ...PRODUCT, ...JSON_TYPE, 'content-encoding': 'gzip' })
      .end(gzipSync(JSON.stringify(commit().body)));
  },
  oversized: ({ response, secretBody }) => {
    response.writeHead(200, { ...PRODUCT, ...JSON_TYPE });
    response.on('error', () => undefined);
    const chunk = `"${secretBody.padEnd(1024 * 1024, 'x')}"`;
    for (let count = 0; count < OVERSIZED_CHUNKS; count += 1) response.write(chunk);
    response.end();
  },
  gzipBomb: ({ response, secretBody }) => {
    const bomb = gzipSync(secretBody.slice(0, -1).concat(`,"x":"${'x'.repeat(OVERSIZED_CHUNKS * 1024 * 1024)}"}`));
    response.writeHead(200, { ...PRODUCT, ...JSON_TYPE, 'content-encoding': 'gzip' }).end(bomb);
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof FAULTS;

/** A refusal in Elasticsearch's own form. */
export const refuses =
  (status: number, error: unknown): Fault =>
  ({ response }) =>
    send(response, { status, body: { error, status } });
