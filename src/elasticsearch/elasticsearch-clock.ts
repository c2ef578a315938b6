import type { ClockObserver } from '../telemetry/clock-observer.js';

/** A time that Elasticsearch told, and when the request that asked was sent and answered (`performance.now()`). */
export interface ClockReading {
  /** Epoch milliseconds by Elasticsearch's clock, at some moment between `sentAt` and `receivedAt`. */
  elasticsearchMs: number;
  sentAt: number;
  receivedAt: number;
}

/** Two clocks that nobody adjusts drift apart by less than this: 200 parts in a million. */
const DRIFT = 0.0002;
/** Elasticsearch cuts its time to whole milliseconds. */
const RESOLUTION_MS = 1;
/** A reading older than this is asked for anew where that costs nothing. */
const FRESH_MS = 60_000;

interface Estimate {
  /** Elasticsearch's epoch milliseconds minus `performance.now()`: surely between these two. */
  low: number;
  high: number;
  at: number;
}

/**
 * Elasticsearch's time, as its answers tell it: for what is compared with a time made by Elasticsearch, since the two
 * clocks can differ by minutes. Only the state documents and the search for keys of an Idempotency-Key use it so far;
 * statuses and ends of keys are still judged by `Date.now()`. Counted on from Node's monotonic clock, so that a step of
 * the local clock changes nothing.
 *
 * Elasticsearch sends no `Date` header (measured on 9.5.3). Its time is told by the `expiration` of a key
 * that was made with a known life, and by the bound `now` of a `date_range` aggregation.
 */
export class ElasticsearchClock {
  private estimate?: Estimate;

  constructor(
    private readonly observer: ClockObserver = { clockCompared: () => undefined },
    private readonly monotonicMs: () => number = () => performance.now(),
    private readonly localMs: () => number = () => Date.now(),
  ) {}

  /** Epoch milliseconds by Elasticsearch's clock; by the local clock as long as no answer has told it. */
  now(): number {
    if (this.estimate === undefined) return this.localMs();
    return Math.round(this.monotonicMs() + (this.estimate.low + this.estimate.high) / 2);
  }

  /** How far Elasticsearch's clock is ahead of the local one, in milliseconds; undefined before the first reading. */
  get offsetMs(): number | undefined {
    return this.estimate === undefined ? undefined : this.now() - this.localMs();
  }

  /** Whether a reading would be of use. */
  get isStale(): boolean {
    return this.estimate === undefined || this.monotonicMs() - this.estimate.at > FRESH_MS;
  }

  /** Takes a time over from an answer. Readings that contradict the estimate replace it: Elasticsearch's clock was set. */
  read({ elasticsearchMs, sentAt, receivedAt }: ClockReading): void {
    const told = { low: elasticsearchMs - receivedAt, high: elasticsearchMs + RESOLUTION_MS - sentAt, at: receivedAt };
    const known = this.estimate && widened(this.estimate, receivedAt);
    const low = Math.max(told.low, known?.low ?? -Infinity);
    const high = Math.min(told.high, known?.high ?? Infinity);
    this.estimate = low <= high ? { low, high, at: receivedAt } : told;
    this.observer.clockCompared(this.offsetMs ?? 0);
  }
}

function widened({ low, high, at }: Estimate, now: number): Estimate {
  const drift = (now - at) * DRIFT;
  return { low: low - drift, high: high + drift, at };
}
