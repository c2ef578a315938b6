import { Injectable } from '@nestjs/common';
import type { ProfileGauges, UpstreamCause } from '../../telemetry/credential-observer.js';
import type { Profile } from '../../config/profiles/profile.js';
import { bindingOf, holderId, type Holder } from './holder.js';
import { Instances, isLive, mayUse, type Instance } from './instances.js';
import { KeyMaker } from './key-maker.service.js';
import { dueMs, type LiveKey } from './live-key.js';
import { Revocations } from './revocations.js';
import { holderTopic, Wakeups } from './wakeups.js';

/** A key that another one has taken over from. */
export interface RetiringKey {
  key: LiveKey;
  since: number;
}

export interface HolderState {
  id: string;
  holder: Holder;
  current?: LiveKey;
  retiring: RetiringKey[];
  minting?: Promise<LiveKey>;
  instances: Instances;
}

/**
 * The living keys of this replica, secrets included, in memory only. A holder's requests share one key, and requests
 * that come together make one key. What is lost here in a restart is only that nobody can be given the same key again.
 */
@Injectable()
export class KeyPool {
  private readonly states = new Map<string, HolderState>();
  private readonly byKey = new Map<string, HolderState>();

  constructor(
    private readonly maker: KeyMaker,
    private readonly revocations: Revocations,
    private readonly wakeups: Wakeups,
  ) {
    revocations.onRevoked((id) => this.drop(id));
  }

  stateOf(holder: Holder): HolderState {
    const id = holderId(holder);
    const known = this.states.get(id);
    if (known !== undefined) return known;
    const state: HolderState = { id, holder, retiring: [], instances: new Instances() };
    this.states.set(id, state);
    return state;
  }

  all(): Iterable<HolderState> {
    return this.states.values();
  }

  /**
   * The key that this replica has for the holder, when it can be handed out: of the profile as it is now, and not yet
   * to be replaced.
   */
  current(holder: Holder, profile: Profile): LiveKey | undefined {
    const key = this.states.get(holderId(holder))?.current;
    if (key === undefined || key.binding !== bindingOf(holder, profile) || this.revocations.has(key.id))
      return undefined;
    return Date.now() < dueOf(key, profile) ? key : undefined;
  }

  /** That key, or a new one. @throws as `KeyMaker.make`. */
  async ensure(holder: Holder, profile: Profile, cause: UpstreamCause): Promise<LiveKey> {
    const present = this.current(holder, profile);
    if (present !== undefined) return present;
    const state = this.stateOf(holder);
    if (state.minting !== undefined) return this.afterOther(state.minting, holder, profile, cause);
    const minting = this.maker
      .make(holder, profile, cause, this.alive(state.current)?.id)
      .then((key) => this.take(state, key));
    state.minting = minting;
    try {
      return await minting;
    } finally {
      state.minting = undefined;
      // Also when it failed: whoever sleeps decides anew.
      this.wakeups.wake(holderTopic(state.id));
    }
  }

  /** The key with this id, when this replica has it. */
  find(keyId: string): LiveKey | undefined {
    const state = this.byKey.get(keyId);
    return state?.current?.id === keyId ? state.current : state?.retiring.find(({ key }) => key.id === keyId)?.key;
  }

  /** Takes a retired or dead key out. */
  drop(keyId: string): void {
    const state = this.byKey.get(keyId);
    if (state === undefined) return;
    this.byKey.delete(keyId);
    if (state.current?.id === keyId) state.current = undefined;
    state.retiring = state.retiring.filter(({ key }) => key.id !== keyId);
  }

  /** Lets go of silent instances, and of the state when nothing is left in it. */
  forget(state: HolderState, instanceTimeoutMs: number, now: number): void {
    state.instances.forget(instanceTimeoutMs, now, (id) => this.byKey.get(id) === state);
    if (
      state.current === undefined &&
      state.retiring.length === 0 &&
      state.minting === undefined &&
      state.instances.size === 0
    )
      this.states.delete(state.id);
  }

  /** The profile may have changed while another request made the key. */
  private async afterOther(
    minting: Promise<LiveKey>,
    holder: Holder,
    profile: Profile,
    cause: UpstreamCause,
  ): Promise<LiveKey> {
    const key = await minting;
    return key.binding === bindingOf(holder, profile) && !this.revocations.has(key.id)
      ? key
      : this.ensure(holder, profile, cause);
  }

  private take(state: HolderState, key: LiveKey): LiveKey {
    const before = this.alive(state.current);
    if (before !== undefined) state.retiring.push({ key: before, since: Date.now() });
    else if (state.current !== undefined) this.byKey.delete(state.current.id);
    state.current = key;
    this.byKey.set(key.id, state);
    return key;
  }

  private alive(key: LiveKey | undefined): LiveKey | undefined {
    return key !== undefined && key.expiresMs > Date.now() && !this.revocations.has(key.id) ? key : undefined;
  }
}

/** When a key is to be replaced; the same for the key and for its version. */
export function dueOf(key: LiveKey, profile: Profile): number {
  return dueMs({ id: key.id, expiresMs: key.firstExpiresMs, lifeMs: key.lifeMs }, profile);
}

/** Whether an instance may still use a key that has been replaced. */
export function isLagging(instance: Instance, { retiring }: HolderState): boolean {
  return retiring.some(({ key }) => mayUse(instance, key.id));
}

/** The Envoys that this replica serves, and those that it no longer sees but that may use a replaced key of its own. */
export function shownInstances(state: HolderState, { instanceTimeoutMs }: Profile, now: number): Instance[] {
  return state.instances
    .all()
    .filter((instance) => isLive(instance, instanceTimeoutMs, now) || isLagging(instance, state));
}

/** Counts of what a replica holds for a profile. */
export function gaugesOf(states: readonly HolderState[], profile: Profile, now: number): ProfileGauges {
  const gauges = { live: 0, retiring: 0, instances: 0, lagging: 0 };
  for (const state of states) {
    const shown = shownInstances(state, profile, now);
    gauges.live += state.current === undefined ? 0 : 1;
    gauges.retiring += state.retiring.length;
    gauges.instances += shown.length;
    gauges.lagging += shown.filter((instance) => isLagging(instance, state)).length;
  }
  return gauges;
}
