import { context, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';

export interface TracingOptions {
  /** Where spans go: the `/v1/traces` of an OpenTelemetry collector, by HTTP. */
  url: string;
  /** Share of traces that begin here which are kept; for others the caller has decided. */
  samplePercent: number;
}

export interface Tracing {
  /** Sends what is left. Never fails. */
  stop(): Promise<void>;
}

const STOP_LIMIT_MS = 2000;

/**
 * Sends the spans of `spans.ts` to a collector, for the whole process. Without it those cost nothing and go nowhere.
 */
export function startTracing({ url, samplePercent }: TracingOptions): Tracing {
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'latchkey' }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(samplePercent / 100) }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: STOP_LIMIT_MS }))],
  });
  provider.register();
  return {
    stop: async () => {
      await provider.shutdown().catch(() => undefined);
      for (const api of [trace, context, propagation]) api.disable();
    },
  };
}
