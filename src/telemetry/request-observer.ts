/** A request that has ended: who sent it is named here field by field, so that nothing else of it gets into a log. */
export interface EndedRequest {
  requestId: string;
  /** An id of the operations table; undefined for a route without operation. */
  operation: string | undefined;
  method: string;
  /** The route's pattern; undefined when nothing matched. */
  route: string | undefined;
  status: number;
  /** Of the problem that was answered, as the error registry names it. */
  code?: string;
  durationMs: number;
  username: string | undefined;
  realm: string | undefined;
  /** Subject of a workload. */
  workload: string | undefined;
}

/** Is told of every request when it has ended; the observability folder makes a metric and a log line of it. */
export interface RequestObserver {
  requestEnded(request: EndedRequest): void;
}
