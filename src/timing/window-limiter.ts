import { LRUCache } from 'lru-cache';

interface Window {
  startedMs: number;
  used: number;
}

/**
 * Counts uses in fixed windows of time, one for each subject, which begins with its first use. Bounded: the least
 * recent subjects are forgotten.
 */
export class WindowLimiter {
  private readonly windows: LRUCache<string, Window>;

  constructor(
    private readonly windowMs: number,
    maxSubjects: number,
    private readonly now: () => number = Date.now,
  ) {
    this.windows = new LRUCache({ max: maxSubjects });
  }

  /**
   * Counts a use when it is within the limit.
   *
   * @returns 0 when it is, else the milliseconds until the next window.
   */
  take(subject: string, limit: number): number {
    const now = this.now();
    const window = this.windows.get(subject);
    if (window === undefined || now - window.startedMs >= this.windowMs) {
      this.windows.set(subject, { startedMs: now, used: 1 });
      return 0;
    }
    if (window.used >= limit) return this.windowMs - (now - window.startedMs);
    window.used += 1;
    return 0;
  }
}
