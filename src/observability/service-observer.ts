import type { UpstreamObserver, UpstreamOutcome } from '../elasticsearch/upstream.js';
import type { DefectLog } from '../http/problem.filter.js';
import type { AccessEntry } from '../http/request-hooks.js';
import type { Logger } from './log.js';
import type { Metrics } from './metrics.js';

/**
 * Writes one line a request and counts it. The fields are named here one by one: nothing that a caller or
 * Elasticsearch sends gets into the log by being part of some object.
 */
export class ServiceObserver implements UpstreamObserver, DefectLog {
  constructor(
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  requestEnded({ context, method, route, status, durationMs }: AccessEntry): void {
    const operation = context.operation ?? 'none';
    this.metrics.requestEnded(operation, status, durationMs);
    this.logger.info(
      {
        request_id: context.requestId,
        operation,
        method,
        route: route ?? null,
        status,
        duration_ms: Math.round(durationMs * 10) / 10,
        username: context.caller?.username,
        realm: context.caller?.realm.name,
      },
      'request',
    );
  }

  observe(endpoint: string, outcome: UpstreamOutcome, durationMs: number, cause?: string): void {
    this.metrics.upstreamCalled(endpoint, outcome, durationMs);
    if (outcome === 'ok' || outcome === 'refused') return;
    this.logger.warn({ endpoint, outcome, cause, duration_ms: Math.round(durationMs) }, 'elasticsearch');
  }

  defect(requestId: string, name: string, stack: string): void {
    this.logger.error({ request_id: requestId, error: name, stack }, 'defect');
  }
}
