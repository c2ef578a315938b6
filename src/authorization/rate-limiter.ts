import { ServiceError } from '../errors/service-error.js';
import type { RateClass } from '../operations/operations.js';
import { WindowLimiter } from '../timing/window-limiter.js';

const WINDOW_MS = 1000;
const MAX_CALLERS = 10_000;

/** Requests per second, by class; 0 = no limit. */
export type RateLimits = Readonly<Record<RateClass, number>>;

/** Limits the requests of each caller, by the classes of the operations table. */
export class RateLimiter {
  private readonly used = new WindowLimiter(WINDOW_MS, MAX_CALLERS);

  constructor(private readonly limits: RateLimits) {}

  /** @throws ServiceError `rate.limited`. */
  require(caller: string, rate: RateClass): void {
    const limit = this.limits[rate];
    const waitMs = limit === 0 ? 0 : this.used.take(`${rate}:${caller}`, limit);
    if (waitMs === 0) return;
    throw new ServiceError('rate.limited', `This caller sends too many requests of the class "${rate}".`, {
      headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
    });
  }
}
