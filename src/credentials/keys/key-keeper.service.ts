import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CredentialObserver } from '../../telemetry/credential-observer.js';
import { DEFAULT_AFTER_ROTATION } from '../../config/profiles/parse-profiles.js';
import { Auditor } from '../../audit/auditor.js';
import type { Profile } from '../../config/profiles/profile.js';
import { Settings } from '../../config/settings.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { ServiceGrant } from '../../elasticsearch/service-grant.js';
import { codeOf } from '../../errors/service-error.js';
import { PeriodicTask } from '../../timing/periodic-task.js';
import { ProfileStore } from '../profiles/profile-store.js';
import { mayUse } from './instances.js';
import { gaugesOf, KeyPool, type HolderState, type RetiringKey } from './key-pool.js';
import type { LiveKey } from './live-key.js';
import { Revocations } from './revocations.js';

const GRANT = ServiceGrant.forOwnWork('credentials');
const ROUND_MS = 1000;
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
  /** Apart, so that an Elasticsearch that answers slowly keeps no dead key in the pool and no gauge old. */
  private readonly tasks: readonly PeriodicTask[];
  /** By the user that the keys belong to: epoch milliseconds, since ending them failed. */
  private readonly pausedUntilMs = new Map<string | undefined, number>();

  constructor(
    private readonly pool: KeyPool,
    private readonly store: ProfileStore,
    private readonly revocations: Revocations,
    private readonly gateway: ServiceGateway,
    private readonly auditor: Auditor,
    private readonly observer: CredentialObserver,
    private readonly settings: Settings,
  ) {
    const onError = (error: unknown): void => this.failed(error);
    this.tasks = [
      new PeriodicTask({ run: () => this.tidy(), intervalMs: ROUND_MS, onError }),
      new PeriodicTask({ run: (signal) => this.retire(signal), intervalMs: ROUND_MS, onError }),
    ];
  }

  onApplicationBootstrap(): void {
    if (this.settings.profilesFile !== undefined) for (const task of this.tasks) task.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.tasks.map((task) => task.stop()));
  }

  private tidy(): void {
    const now = Date.now();
    for (const state of [...this.pool.all()]) {
      this.dropExpired(state, now);
      this.pool.forget(state, this.rulesOf(state).instanceTimeoutMs, now);
    }
    this.revocations.forgetExpired(now);
    const states = Map.groupBy(this.pool.all(), ({ holder }) => holder.profile);
    for (const profile of this.store.all())
      this.observer.profileGauges(profile.name, gaugesOf(states.get(profile.name) ?? [], profile, now));
  }

  private dropExpired(state: HolderState, now: number): void {
    for (const key of [state.current, ...state.retiring.map((old) => old.key)])
      if (key !== undefined && key.expiresMs <= now) this.pool.drop(key.id);
  }

  private async retire(signal: AbortSignal): Promise<void> {
    for (const [runAs, keys] of Map.groupBy(this.toRetire(Date.now()), (key) => key.runAs)) {
      if (signal.aborted) return;
      await this.tryToEnd(keys.slice(0, MAX_RETIRED_AT_ONCE), runAs);
    }
  }

  private toRetire(now: number): LiveKey[] {
    return [...this.pool.all()]
      .flatMap((state) => state.retiring.filter((old) => mayRetire(old, state, this.rulesOf(state).retireGraceMs, now)))
      .map(({ key }) => key)
      .filter(({ runAs }) => now >= (this.pausedUntilMs.get(runAs) ?? 0));
  }

  private rulesOf({ holder }: HolderState): Pick<Profile, 'retireGraceMs' | 'instanceTimeoutMs'> {
    return this.store.find(holder.profile) ?? DEFAULT_AFTER_ROTATION;
  }

  /** One user that cannot be acted for must not keep the keys of the others alive. */
  private async tryToEnd(keys: readonly LiveKey[], runAs: string | undefined): Promise<void> {
    try {
      await this.end(keys, runAs);
    } catch (error) {
      this.pausedUntilMs.set(runAs, Date.now() + RETRY_MS);
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    this.observer.backgroundFailed('retiring keys', codeOf(error));
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
      const keyIds = ended.map(({ id }) => id);
      await this.auditor.noteOwnWork({ event: 'lease.keys-retired', keyIds, profile });
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
