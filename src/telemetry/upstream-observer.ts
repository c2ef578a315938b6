/** How a call to Elasticsearch ended. */
export type UpstreamOutcome = 'ok' | 'refused' | 'unavailable' | 'timeout' | 'invalid';

/** Is told of every call to Elasticsearch; the observability folder makes a metric and log lines of it. */
export interface UpstreamObserver {
  /**
   * @param endpoint name of the call; one of a small fixed set.
   * @param cause code of a failure, never its message.
   */
  observe(endpoint: string, outcome: UpstreamOutcome, durationMs: number, cause?: string): void;
}
