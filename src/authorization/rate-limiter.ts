import { LRUCache } from 'lru-cache';
import { ServiceError } from '../errors/service-error.js';
import type { RateClass } from '../operations/operations.js';

const WINDOW_MS = 1000;
const MAX_CALLERS = 10_000;

interface Window {
  startedAt: number;
  used: number;
}

/** Requests per second, by class; 0 = no limit. */
export type RateLimits = Readonly<Record<RateClass, number>>;

/** Counts requests of each caller and class in fixed windows of a second. Bounded: the least recent callers are forgotten. */
export class RateLimiter {
  private readonly windows = new LRUCache<string, Window>({ max: MAX_CALLERS });

  constructor(
    private readonly limits: RateLimits,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws ServiceError `rate.limited`. */
  require(caller: string, rate: RateClass): void {
    const waitMs = this.take(caller, rate);
    if (waitMs === 0) return;
    throw new ServiceError('rate.limited', `This caller sends too many requests of the class "${rate}".`, {
      headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
    });
  }

  /** @returns 0 when the request may go on, else the milliseconds to wait. */
  take(caller: string, rate: RateClass): number {
    const limit = this.limits[rate];
    if (limit === 0) return 0;
    const key = `${rate}:${caller}`;
    const now = this.now();
    const window = this.windows.get(key);
    if (window === undefined || now - window.startedAt >= WINDOW_MS) {
      this.windows.set(key, { startedAt: now, used: 1 });
      return 0;
    }
    if (window.used >= limit) return WINDOW_MS - (now - window.startedAt);
    window.used += 1;
    return 0;
  }
}
