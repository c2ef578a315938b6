import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { authenticate, unauthorized } from './authentication.js';
import { runAs } from './authorization.js';
import { errorBody, featureNotEnabled, PlainError, SandboxError } from './errors.js';
import { filterPath } from './filter-path.js';
import type { JsonObject, JsonValue } from './json/json-value.js';
import { writeJson, writePrettyJson, writeYaml } from './json/json-writer.js';
import { negotiate, requireReadable, type MediaTypes } from './media-types.js';
import type { SandboxNode } from './node.js';
import { Parameters } from './parameters.js';
import { SandboxRequest } from './request.js';
import type { Feature, Router } from './router.js';
import type { Subject } from './subject.js';

const MAX_BODY_BYTES = 100 * 1024 * 1024;
const MAX_REQUEST_LINE_BYTES = 4096;
const MAX_HEADER_BYTES = 16 * 1024;
const DEFAULT_MEDIA: MediaTypes = { answer: 'json', contentType: 'application/json' };
// Elasticsearch leaves the header out where security or the transport answers.
const WITHOUT_PRODUCT_HEADER: ReadonlySet<number> = new Set([401, 403, 413]);

interface Reply {
  readonly status: number;
  readonly body: JsonObject | undefined;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly isError: boolean;
}

/** The HTTP side of a sandbox. */
export function createSandboxServer(node: SandboxNode, router: Router): Server {
  return createServer(
    // Like Elasticsearch it ends no idle connection, which a client may be about to use again.
    { maxHeaderSize: MAX_HEADER_BYTES + MAX_REQUEST_LINE_BYTES, requestTimeout: 0, keepAliveTimeout: 0 },
    (request, response) => {
      serve(node, router, request, response).catch(() => response.destroy());
    },
  );
}

async function serve(
  node: SandboxNode,
  router: Router,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) {
    response.writeHead(413, { 'content-length': '0' }).end();
    return;
  }
  const exchange = new Exchange(node, router, request, body);
  const reply = exchange.answer();
  write(response, request, reply, exchange.media, exchange.rendering);
}

class Exchange {
  media = DEFAULT_MEDIA;
  rendering = { isPretty: false, filter: undefined as string | undefined };

  private readonly path: string;
  private readonly query: string;
  private readonly method: string;

  constructor(
    private readonly node: SandboxNode,
    private readonly router: Router,
    private readonly request: IncomingMessage,
    private readonly body: Buffer,
  ) {
    const uri = request.url ?? '/';
    const mark = uri.indexOf('?');
    this.path = mark < 0 ? uri : uri.slice(0, mark);
    this.query = mark < 0 ? '' : uri.slice(mark + 1);
    this.method = request.method ?? 'GET';
  }

  answer(): Reply {
    try {
      return this.route();
    } catch (error) {
      if (error instanceof SandboxError) {
        return { status: error.status, body: errorBody(error), headers: errorHeaders(error), isError: true };
      }
      if (error instanceof PlainError)
        return { status: error.status, body: error.body, headers: error.headers, isError: true };
      // A gap of the sandbox must fail the request it shows in, not everybody's.
      const failure = new SandboxError(
        'exception',
        `the sandbox failed: ${error instanceof Error ? error.message : String(error)}`,
        500,
      );
      return { status: failure.status, body: errorBody(failure), isError: true };
    }
  }

  private route(): Reply {
    const uri = this.request.url ?? '/';
    if (Buffer.byteLength(`${this.method} ${uri} HTTP/1.1`) > MAX_REQUEST_LINE_BYTES) {
      throw new SandboxError(
        'too_long_http_line_exception',
        `An HTTP line is larger than ${MAX_REQUEST_LINE_BYTES} bytes.`,
        400,
      );
    }
    const subject = this.authenticate(uri);
    const { headers } = this.request;
    this.media = negotiate(headers.accept, headers['content-type'], this.body.length > 0, this.node.major);
    const parameters = new Parameters(this.query);
    this.useFormat(parameters);
    if (this.method === 'OPTIONS') return this.options();
    const { route, parameters: pathParameters } = this.router.find(this.method, this.path, uri);
    if (this.body.length > 0) requireReadable(headers['content-type']);
    const caller = this.applyRunAs(subject);
    checkFeatures(this.node, route.features);
    const request = new SandboxRequest(
      this.node,
      caller,
      this.method,
      this.path,
      pathParameters,
      parameters,
      this.body,
    );
    const { status, body } = route.handle(request);
    return { status, body, isError: false };
  }

  private authenticate(uri: string): Subject | undefined {
    if (!this.node.settings.securityEnabled) return undefined;
    return authenticate(this.node, this.request.headers.authorization, `REST request [${uri}]`);
  }

  private applyRunAs(subject: Subject | undefined): Subject {
    if (!subject) return ANONYMOUS;
    const target = this.request.headers['es-security-runas-user'];
    if (typeof target !== 'string') return subject;
    if (target === '')
      throw unauthorized(
        this.node,
        `unable to authenticate user [${subject.username}] for REST request [${this.request.url}]`,
      );
    return runAs(this.node, subject, target);
  }

  private useFormat(parameters: Parameters): void {
    const pretty = parameters.get('pretty');
    this.rendering = { isPretty: pretty !== undefined && pretty !== 'false', filter: parameters.get('filter_path') };
    if (parameters.get('format') === 'yaml') this.media = { answer: 'yaml', contentType: 'application/yaml' };
  }

  private options(): Reply {
    const allowed = this.router.allowed(this.path);
    return {
      status: 200,
      body: undefined,
      headers: { allow: allowed.join(','), 'content-type': 'text/plain; charset=UTF-8' },
      isError: false,
    };
  }
}

// With security off nobody is asked who they are and only routes that need no caller exist.
const ANONYMOUS: Subject = {
  username: '_anonymous',
  fullName: null,
  email: null,
  metadata: {},
  realm: { name: '__anonymous', type: '__anonymous' },
  authenticationType: 'realm',
  authenticationRealm: { name: '__anonymous', type: '__anonymous' },
  assignedRoles: ['superuser'],
  apiKey: undefined,
  token: undefined,
  serviceRoles: undefined,
  runAsBy: undefined,
  refusedRunAs: undefined,
};

function checkFeatures(node: SandboxNode, features: readonly Feature[]): void {
  if (features.includes('api_keys') && !node.settings.apiKeysEnabled)
    throw featureNotEnabled('api keys are not enabled', 'api_keys');
  if (features.includes('cross_cluster')) node.license.requireCrossCluster();
  if (features.includes('tokens')) node.license.requireTokens();
}

function errorHeaders(error: SandboxError): Record<string, readonly string[]> {
  const headers: Record<string, readonly string[]> = {};
  for (const [name, values] of Object.entries(error.extras.headers ?? {})) headers[name] = values;
  return headers;
}

function write(
  response: ServerResponse,
  request: IncomingMessage,
  reply: Reply,
  media: MediaTypes,
  rendering: { isPretty: boolean; filter: string | undefined },
): void {
  const text = reply.body === undefined ? '' : render(reply, reply.body, media, rendering);
  if (!WITHOUT_PRODUCT_HEADER.has(reply.status)) response.setHeader('X-elastic-product', 'Elasticsearch');
  const opaqueId = request.headers['x-opaque-id'];
  if (typeof opaqueId === 'string') response.setHeader('X-Opaque-Id', opaqueId);
  response.setHeader('content-type', media.contentType);
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  response.setHeader('content-length', Buffer.byteLength(text));
  response.statusCode = reply.status;
  response.end(request.method === 'HEAD' ? undefined : text);
}

function render(
  reply: Reply,
  body: JsonObject,
  media: MediaTypes,
  rendering: { isPretty: boolean; filter: string | undefined },
): string {
  const filtered: JsonValue =
    reply.isError || rendering.filter === undefined ? body : filterPath(body, rendering.filter);
  if (media.answer === 'yaml') return writeYaml(filtered);
  return rendering.isPretty ? `${writePrettyJson(filtered)}\n` : writeJson(filtered);
}

async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
