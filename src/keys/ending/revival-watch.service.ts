import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Auditor } from '../../audit/auditor.js';
import { KeyProbe } from '../../elasticsearch/key-probe.js';
import { codeOf } from '../../errors/service-error.js';
import type { Invalidating } from './end-keys.js';
import { KeyWatchObserver } from '../../telemetry/key-watch-observer.js';

/** When a key is looked at again after its end was confirmed. */
const LOOKS_AFTER_MS = [1000, 5000];
/** What waits beyond that is not looked at again; it was confirmed all the same. */
const MAX_WAITING = 20_000;

/**
 * Looks again at keys whose end was confirmed. An update that Elasticsearch stalled between reading and writing for longer
 * than the confirmation took can still bring a key back to life: then the key is invalidated again, counted and recorded.
 */
@Injectable()
export class RevivalWatch implements OnApplicationShutdown {
  private readonly stopped = new AbortController();
  private waiting = 0;

  constructor(
    private readonly probe: KeyProbe,
    private readonly auditor: Auditor,
    private readonly observer: KeyWatchObserver,
  ) {}

  onApplicationShutdown(): void {
    this.stopped.abort();
  }

  /** Returns at once; nothing that happens later fails the request. */
  watch(as: Invalidating, ids: readonly string[]): void {
    if (ids.length === 0 || this.waiting + ids.length > MAX_WAITING) return;
    this.waiting += ids.length;
    void this.lookAgain(as, ids).finally(() => (this.waiting -= ids.length));
  }

  private async lookAgain(as: Invalidating, ids: readonly string[]): Promise<void> {
    let passedMs = 0;
    for (const afterMs of LOOKS_AFTER_MS) {
      try {
        await sleep(afterMs - passedMs, undefined, { signal: this.stopped.signal, ref: false });
        passedMs = afterMs;
        const revived = await this.probe.living(ids);
        if (revived.length > 0) await this.endAgain(as, revived);
      } catch (error) {
        if (this.stopped.signal.aborted) return;
        this.observer.keyWatchFailed(codeOf(error));
      }
    }
  }

  private async endAgain(as: Invalidating, revived: readonly string[]): Promise<void> {
    this.observer.keysRevived(revived.length);
    const { invalidated } = await as.invalidate(revived);
    await this.auditor.noteOwnWork({
      event: 'key.revived-and-ended',
      requestId: 'revival-watch',
      outcome: invalidated.length === revived.length ? 'success' : 'failure',
      keyIds: revived,
    });
  }
}
