/** Is told how Elasticsearch's clock compares with the local one; the observability folder makes a metric and a warning of it. */
export abstract class ClockObserver {
  /** @param offsetMs how far Elasticsearch's clock is ahead. */
  abstract clockCompared(offsetMs: number): void;
}
