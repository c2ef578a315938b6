import { Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings.js';
import { KeyProbe } from '../../elasticsearch/key-probe.js';
import {
  confirmEnded,
  endKeys,
  invalidateAndConfirm,
  type Ending,
  type EndingIdentity,
  type Invalidating,
} from './end-keys.js';
import { RevivalWatch } from './revival-watch.service.js';

/**
 * Ends keys, whoever asks for it: what Elasticsearch says of an invalidation is confirmed by the real-time probe after
 * `LATCHKEY_INVALIDATION_SETTLE_MS`, and looked at again in the background.
 */
@Injectable()
export class KeyEnder {
  constructor(
    private readonly probe: KeyProbe,
    private readonly revivals: RevivalWatch,
    private readonly settings: Settings,
  ) {}

  /** As the function of this name. @returns the keys that this identity may not invalidate. */
  async endKeys(as: Invalidating, ids: readonly string[]): Promise<string[]> {
    const refused = await endKeys(this.identity(as), ids, this.settings.invalidationSettleMs);
    this.revivals.watch(
      as,
      ids.filter((id) => !refused.includes(id)),
    );
    return refused;
  }

  /** As the function of this name. */
  async invalidateAndConfirm(as: Invalidating, ids: readonly string[]): Promise<ReadonlyMap<string, Ending>> {
    const endings = await invalidateAndConfirm(this.identity(as), ids, this.settings.invalidationSettleMs);
    this.watchDead(as, endings);
    return endings;
  }

  /** As the function of this name. */
  async confirmEnded(as: Invalidating, ids: readonly string[]): Promise<ReadonlyMap<string, Ending>> {
    const endings = await confirmEnded(this.identity(as), ids, this.settings.invalidationSettleMs);
    this.watchDead(as, endings);
    return endings;
  }

  private watchDead(as: Invalidating, endings: ReadonlyMap<string, Ending>): void {
    this.revivals.watch(
      as,
      [...endings].filter(([, ending]) => ending === 'dead').map(([id]) => id),
    );
  }

  private identity(as: Invalidating): EndingIdentity {
    return { invalidate: (ids) => as.invalidate(ids), living: (ids) => this.probe.living(ids) };
  }
}
