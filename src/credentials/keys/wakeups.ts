export type WakeReason = 'woken' | 'time' | 'gone';

const MAX_TIMER_MS = 2_000_000_000;

/** Lets requests sleep until something happens that they named, a time is over or their signal aborts. */
export class Wakeups {
  private readonly sleepers = new Map<string, Set<() => void>>();

  /** @param untilMs epoch milliseconds. */
  sleep(topics: readonly string[], untilMs: number, signal?: AbortSignal): Promise<WakeReason> {
    if (signal?.aborted) return Promise.resolve('gone');
    const waitMs = Math.min(untilMs - Date.now(), MAX_TIMER_MS);
    if (waitMs <= 0) return Promise.resolve('time');
    return new Promise((resolve) => {
      const end = (reason: WakeReason): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', gone);
        for (const topic of topics) this.remove(topic, woken);
        resolve(reason);
      };
      const woken = (): void => end('woken');
      const gone = (): void => end('gone');
      const timer = setTimeout(() => end('time'), waitMs);
      signal?.addEventListener('abort', gone, { once: true });
      for (const topic of topics) this.add(topic, woken);
    });
  }

  wake(topic: string): void {
    for (const woken of [...(this.sleepers.get(topic) ?? [])]) woken();
  }

  private add(topic: string, woken: () => void): void {
    const present = this.sleepers.get(topic);
    if (present === undefined) this.sleepers.set(topic, new Set([woken]));
    else present.add(woken);
  }

  private remove(topic: string, woken: () => void): void {
    const present = this.sleepers.get(topic);
    present?.delete(woken);
    if (present?.size === 0) this.sleepers.delete(topic);
  }
}

export const keyTopic = (id: string): string => `key:${id}`;
export const holderTopic = (id: string): string => `holder:${id}`;
export const profileTopic = (name: string): string => `profile:${name}`;
