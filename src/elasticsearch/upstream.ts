import { setTimeout as sleep } from 'node:timers/promises';
import { errors, type Client } from '@elastic/elasticsearch';
import type { Span } from '@opentelemetry/api';
import { ServiceError } from '../errors/service-error.js';
import { inCallSpan, noteOutcome } from '../telemetry/spans.js';
import type { UpstreamObserver, UpstreamOutcome } from '../telemetry/upstream-observer.js';
import { parseExactJson } from '../json/exact-json.js';
import type { UpstreamCredential } from './credential.js';
import { toRefusal } from './elasticsearch-refusal.js';
import { refusalToServiceError } from './error-mapping.js';

export interface UpstreamRequest {
  /** Name for metrics and logs; one of a small fixed set. */
  endpoint: string;
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Built from constants and `encodeURIComponent`, never from input as it is. */
  path: string;
  query?: Readonly<Record<string, string>>;
  body?: unknown;
  credential: UpstreamCredential;
  timeoutMs: number;
  /** True for reads only: sent once more after a failure to connect or a 503. */
  retry: boolean;
  /** Error statuses whose bodies are answers here, not refusals. */
  answers?: readonly number[];
}

/** What Elasticsearch answered; `status` is below 300 or one of `answers`. */
export interface UpstreamAnswer {
  status: number;
  body: unknown;
}

const CLOSE_LIMIT_MS = 1000;
const RETRY_MIN_MS = 50;
const RETRY_SPAN_MS = 200;

/**
 * The one place where Elasticsearch is called. Throws ServiceError only; the client's own errors hold bodies and
 * secrets.
 */
export class Upstream {
  constructor(
    private readonly client: Client,
    private readonly observer: UpstreamObserver,
  ) {}

  /**
   * Sends a request as the caller and parses the answer.
   *
   * @throws ServiceError as `refusalToServiceError` maps error answers, or `upstream.*`.
   */
  async call(request: UpstreamRequest): Promise<unknown> {
    return (await this.exchange(request)).body;
  }

  /** As `call`, with the status. @throws ServiceError */
  async exchange(request: UpstreamRequest): Promise<UpstreamAnswer> {
    const deadline = performance.now() + request.timeoutMs;
    const first = await this.attempt(request, request.timeoutMs);
    if (!(first instanceof ServiceError)) return first;
    if (!request.retry || !isTransient(first)) throw first;
    await sleep(RETRY_MIN_MS + Math.random() * RETRY_SPAN_MS);
    const remainingMs = deadline - performance.now();
    if (remainingMs <= 0) throw first;
    const second = await this.attempt(request, remainingMs);
    if (second instanceof ServiceError) throw second;
    return second;
  }

  /**
   * Ends the connections. Bounded: the client's own close never ends when it comes while a connection is being refused.
   */
  async close(): Promise<void> {
    const closed = new AbortController();
    await Promise.race([
      this.client.close(),
      sleep(CLOSE_LIMIT_MS, undefined, { signal: closed.signal }).catch(() => undefined),
    ]);
    closed.abort();
  }

  private attempt(request: UpstreamRequest, timeoutMs: number): Promise<UpstreamAnswer | ServiceError> {
    return inCallSpan(request.endpoint, (headers, span) => this.send(request, timeoutMs, headers, span));
  }

  private async send(
    request: UpstreamRequest,
    timeoutMs: number,
    traceHeaders: Record<string, string>,
    span: Span,
  ): Promise<UpstreamAnswer | ServiceError> {
    const started = performance.now();
    // The client's own timeout stops at the answer's headers; a signal bounds a dribbling body as well.
    const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
    try {
      const { body: text, statusCode } = await this.client.transport.request<unknown>(
        {
          method: request.method,
          path: request.path,
          ...(request.query && { querystring: request.query }),
          ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
        },
        // The client's own spans may hold bodies.
        {
          signal,
          headers: { ...traceHeaders, ...credentialHeaders(request.credential) },
          meta: true,
          ...(request.answers !== undefined && { ignore: [...request.answers] }),
          openTelemetry: { enabled: false },
        },
      );
      // The client takes a redirect for a success.
      if (statusCode >= 300 && !request.answers?.includes(statusCode)) throw new UnparsableAnswer();
      const body = parseAnswer(text);
      this.observer.observe(request.endpoint, 'ok', performance.now() - started);
      noteOutcome(span, 'ok');
      return { status: statusCode, body };
    } catch (cause) {
      const failure = classify(cause, signal);
      this.observer.observe(request.endpoint, failure.outcome, performance.now() - started, failure.cause);
      noteOutcome(span, failure.outcome);
      return failure.error;
    }
  }
}

function credentialHeaders(credential: UpstreamCredential): Record<string, string> {
  return {
    authorization: credential.authorization.reveal(),
    ...(credential.clientAuthentication && { 'es-client-authentication': credential.clientAuthentication.reveal() }),
    ...(credential.runAs !== undefined && { 'es-security-runas-user': credential.runAs }),
  };
}

class UnparsableAnswer extends Error {}

function parseAnswer(text: unknown): unknown {
  if (typeof text !== 'string') throw new UnparsableAnswer();
  try {
    return parseExactJson(text);
  } catch {
    // The parser's message quotes the text, and the text may hold a secret.
    throw new UnparsableAnswer();
  }
}

interface Failure {
  error: ServiceError;
  outcome: UpstreamOutcome;
  cause: string;
}

function classify(cause: unknown, signal: AbortSignal): Failure {
  if (cause instanceof errors.ResponseError) return classifyResponse(cause);
  if (signal.aborted || cause instanceof errors.TimeoutError) {
    return {
      error: new ServiceError('upstream.timeout', 'Elasticsearch did not answer in time.'),
      outcome: 'timeout',
      cause: 'timeout',
    };
  }
  if (cause instanceof errors.ConnectionError || cause instanceof errors.NoLivingConnectionsError) {
    const error = new ServiceError('upstream.unavailable', 'Elasticsearch cannot be reached.', {
      headers: { 'retry-after': '1' },
    });
    return { error, outcome: 'unavailable', cause: networkCode(cause) };
  }
  const detail =
    cause instanceof errors.ProductNotSupportedError
      ? 'What answers at ELASTICSEARCH_URL is not Elasticsearch.'
      : 'Elasticsearch gave an answer that cannot be read.';
  return {
    error: new ServiceError('upstream.invalid', detail),
    outcome: 'invalid',
    cause: cause instanceof Error ? cause.name : 'unknown',
  };
}

function classifyResponse(cause: errors.ResponseError): Failure {
  const status = cause.statusCode ?? 0;
  let body: unknown;
  try {
    body = parseAnswer(cause.body);
  } catch {
    body = undefined;
  }
  const refusal = toRefusal(status, body, cause.headers ?? {});
  const readable = body !== undefined || [429, 503, 504].includes(status);
  const error = readable
    ? refusalToServiceError(refusal)
    : new ServiceError(
        'upstream.invalid',
        `Something before Elasticsearch answered with status ${status} and no JSON.`,
      );
  return { error, outcome: status >= 500 || !readable ? 'unavailable' : 'refused', cause: `status ${status}` };
}

function isTransient(error: ServiceError): boolean {
  return error.code === 'upstream.unavailable';
}

/** The code of a network error, such as ECONNREFUSED; the message may hold addresses and is not used. */
function networkCode(error: Error): string {
  for (
    let current: unknown = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth += 1
  ) {
    const code = (current as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return code;
  }
  return /certificate|self.signed|altnames/i.test(error.message) ? 'TLS' : error.name;
}
