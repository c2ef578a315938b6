import {
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type TextMapGetter,
} from '@opentelemetry/api';

const TRACER = 'latchkey';
/** What is taken over of a caller's headers, and nothing else of them. */
const CARRIER = ['traceparent', 'tracestate'];

type Headers = Readonly<Record<string, string | string[] | undefined>>;

const FROM_HEADERS: TextMapGetter<Headers> = {
  keys: () => CARRIER,
  get: (headers, name) => (CARRIER.includes(name) ? headers[name] : undefined),
};

export interface TracedRequest {
  method: string;
  /** The route's pattern: paths hold ids, and queries anything. */
  route: string | undefined;
  operation: string | undefined;
  headers: Headers;
}

/**
 * Runs what a request sets off inside a span of its own. The attributes are named here one by one: no header, body, id
 * or query gets into a span.
 *
 * @returns ends the span.
 */
export function inRequestSpan(
  { method, route, operation, headers }: TracedRequest,
  run: () => void,
): (status: number) => void {
  const parent = propagation.extract(context.active(), headers, FROM_HEADERS);
  const attributes = {
    'http.request.method': method,
    ...(route !== undefined && { 'http.route': route }),
    ...(operation !== undefined && { 'latchkey.operation': operation }),
  };
  const span = trace
    .getTracer(TRACER)
    .startSpan(`${method} ${route ?? 'unknown'}`, { kind: SpanKind.SERVER, attributes }, parent);
  context.with(trace.setSpan(parent, span), run);
  return (status) => {
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  };
}

/** Runs one call to Elasticsearch inside a span. @param work given the headers that hand the trace on. */
export async function inCallSpan<T>(
  endpoint: string,
  work: (headers: Record<string, string>, span: Span) => Promise<T>,
): Promise<T> {
  const span = trace.getTracer(TRACER).startSpan(`elasticsearch ${endpoint}`, {
    kind: SpanKind.CLIENT,
    attributes: { 'db.system.name': 'elasticsearch', 'db.operation.name': endpoint },
  });
  const active = trace.setSpan(context.active(), span);
  const headers: Record<string, string> = {};
  propagation.inject(active, headers);
  try {
    return await context.with(active, () => work(headers, span));
  } finally {
    span.end();
  }
}

/** How the call of a span ended, in a word of a fixed set. */
export function noteOutcome(span: Span, outcome: string): void {
  span.setAttribute('latchkey.outcome', outcome);
  if (outcome !== 'ok' && outcome !== 'refused') span.setStatus({ code: SpanStatusCode.ERROR });
}
