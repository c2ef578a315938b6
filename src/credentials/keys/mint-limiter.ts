import { LRUCache } from 'lru-cache';
import { NotYet } from './not-yet.js';

const WINDOW_MS = 60_000;
const MAX_WORKLOADS = 20_000;

/** Counts the new keys of each workload and profile in windows of a minute. Bounded: the least recent are forgotten. */
export class MintLimiter {
  private readonly windows = new LRUCache<string, { startedMs: number; used: number }>({ max: MAX_WORKLOADS });

  /** @throws NotYet `credential.limit` */
  take(workload: string, limit: number): void {
    const now = Date.now();
    const window = this.windows.get(workload);
    if (window === undefined || now - window.startedMs >= WINDOW_MS) {
      this.windows.set(workload, { startedMs: now, used: 1 });
      return;
    }
    if (window.used >= limit) {
      throw new NotYet(
        'credential.limit',
        `This workload has been given ${limit} new keys of the profile within a minute.`,
        window.startedMs + WINDOW_MS,
      );
    }
    window.used += 1;
  }
}
