import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CredentialObserver } from '../../telemetry/credential-observer.js';
import { DEFAULT_AFTER_ROTATION } from '../../config/profiles/parse-profiles.js';
import { Settings } from '../../config/settings.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { ServiceGrant } from '../../elasticsearch/service-grant.js';
import { ServiceError } from '../../errors/service-error.js';
import { CredentialAudit } from '../credential-audit.service.js';
import { ProfileStore } from '../profiles/profile-store.js';
import { mayUse } from './instances.js';
import { gaugesOf, KeyPool, type HolderState, type RetiringKey } from './key-pool.js';
import type { LiveKey } from './live-key.js';
import { Revocations } from './revocations.js';

const GRANT = ServiceGrant.forOwnWork('credentials');
const SWEEP_MS = 1000;
/** An old key lives at least so long beside the new one: requests that left with it have to arrive. */
const MIN_OVERLAP_MS = 2000;
const RETRY_MS = 5000;
/** In one call; Elasticsearch takes about a second for it, however many they are. */
const MAX_RETIRED_AT_ONCE = 100;

/**
 * Ends keys that a rotation has replaced: once every Envoy that was given one has come back with another, or when the
 * grace of the profile is over. Only keys that this replica made, since nobody else can hand them out and it so knows
 * who has them; what a restart leaves behind ends by itself.
 */
@Injectable()
export class KeyKeeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;
  private busy = false;
  /** By the user that the keys belong to: epoch milliseconds, since ending them failed. */
  private readonly pausedUntilMs = new Map<string | undefined, number>();

  constructor(
    private readonly pool: KeyPool,
    private readonly store: ProfileStore,
    private readonly revocations: Revocations,
    private readonly gateway: ServiceGateway,
    private readonly audit: CredentialAudit,
    private readonly observer: CredentialObserver,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.profilesFile !== undefined) this.timer = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private sweep(): void {
    const now = Date.now();
    const ready: LiveKey[] = [];
    for (const state of [...this.pool.all()]) {
      this.dropExpired(state, now);
      const { retireGraceMs, instanceTimeoutMs } = this.store.find(state.holder.profile) ?? DEFAULT_AFTER_ROTATION;
      ready.push(...state.retiring.filter((old) => mayRetire(old, state, retireGraceMs, now)).map(({ key }) => key));
      this.pool.forget(state, instanceTimeoutMs, now);
    }
    this.revocations.forgetExpired(now);
    const states = Map.groupBy(this.pool.all(), ({ holder }) => holder.profile);
    for (const profile of this.store.all())
      this.observer.profileGauges(profile.name, gaugesOf(states.get(profile.name) ?? [], profile, now));
    if (!this.busy) void this.retire(ready.filter(({ runAs }) => now >= (this.pausedUntilMs.get(runAs) ?? 0)));
  }

  private dropExpired(state: HolderState, now: number): void {
    for (const key of [state.current, ...state.retiring.map((old) => old.key)])
      if (key !== undefined && key.expiresMs <= now) this.pool.drop(key.id);
  }

  private async retire(keys: readonly LiveKey[]): Promise<void> {
    this.busy = true;
    try {
      for (const [runAs, owned] of Map.groupBy(keys, (key) => key.runAs))
        await this.tryToEnd(owned.slice(0, MAX_RETIRED_AT_ONCE), runAs);
    } finally {
      this.busy = false;
    }
  }

  /** One user that cannot be acted for must not keep the keys of the others alive. */
  private async tryToEnd(keys: readonly LiveKey[], runAs: string | undefined): Promise<void> {
    try {
      await this.end(keys, runAs);
    } catch (error) {
      this.pausedUntilMs.set(runAs, Date.now() + RETRY_MS);
      this.observer.backgroundFailed('retiring keys', error instanceof ServiceError ? error.code : 'internal');
    }
  }

  private async end(keys: readonly LiveKey[], runAs: string | undefined): Promise<void> {
    this.observer.upstreamCaused('retire');
    await this.gateway.invalidateOwnKeys(
      GRANT,
      keys.map(({ id }) => id),
      { runAs },
    );
    for (const [profile, ended] of Map.groupBy(keys, (key) => key.profile)) {
      this.observer.leaseChanged(this.store.find(profile) === undefined ? 'other' : profile, 'retired', ended.length);
      await this.audit.keysRetired(
        profile,
        ended.map(({ id }) => id),
      );
    }
    // Out of the pool last: whoever still presents one is given the present key.
    for (const { id, expiresMs } of keys) this.revocations.add(id, expiresMs);
  }
}

/** Whether an old key may be invalidated now. */
function mayRetire(
  { key, since }: RetiringKey,
  { current, instances }: HolderState,
  graceMs: number,
  now: number,
): boolean {
  if (key.overRest) return false;
  if (now - since >= graceMs) return true;
  if (key.untracked || now - since < Math.min(MIN_OVERLAP_MS, graceMs)) return false;
  const known = instances.all();
  return (
    current !== undefined &&
    known.some(({ reported }) => reported === current.id) &&
    !known.some((instance) => mayUse(instance, key.id))
  );
}
