import { Injectable } from '@nestjs/common';
import { ServiceError } from '../../errors/service-error.js';
import { NotYet } from './not-yet.js';

/**
 * Creates under way at once, of all profiles. A small Elasticsearch makes about 50 keys a second with 8 in parallel.
 */
const MAX_AT_ONCE = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 20_000;

interface ProfileState {
  failures: number;
  /** Epoch milliseconds. */
  pausedUntilMs: number;
  probing: boolean;
}

/**
 * Keeps sidecars from falling upon Elasticsearch: few creates at once, and after a failure none of that profile for a
 * while that grows and is never the same at two replicas; then one, and only when that succeeds the rest.
 */
@Injectable()
export class MintGate {
  private readonly profiles = new Map<string, ProfileState>();
  private readonly queue: Array<() => void> = [];
  private running = 0;

  /** @throws NotYet while the profile pauses, else what `work` throws. */
  async run<T>(profile: string, work: () => Promise<T>): Promise<T> {
    const state = this.stateOf(profile);
    this.requireOpen(state);
    await this.enter();
    try {
      // What waited in the queue may have been overtaken by a failure.
      this.requireOpen(state);
      return await this.attempt(state, work);
    } finally {
      this.leave();
    }
  }

  private async attempt<T>(state: ProfileState, work: () => Promise<T>): Promise<T> {
    const probe = state.failures > 0;
    if (probe) state.probing = true;
    try {
      const result = await work();
      state.failures = 0;
      return result;
    } catch (error) {
      // A limit of one workload says nothing about Elasticsearch.
      if (!(error instanceof ServiceError && error.code === 'credential.limit')) pause(state);
      throw error;
    } finally {
      if (probe) state.probing = false;
    }
  }

  private requireOpen({ failures, pausedUntilMs, probing }: ProfileState): void {
    const now = Date.now();
    if (failures === 0) return;
    if (now < pausedUntilMs) throw notReady(pausedUntilMs);
    if (probing) throw notReady(now + FIRST_PAUSE_MS * (0.5 + Math.random()));
  }

  private async enter(): Promise<void> {
    if (this.running < MAX_AT_ONCE) {
      this.running += 1;
      return;
    }
    await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  private leave(): void {
    const next = this.queue.shift();
    if (next === undefined) this.running -= 1;
    else next();
  }

  private stateOf(profile: string): ProfileState {
    const known = this.profiles.get(profile);
    if (known !== undefined) return known;
    const state = { failures: 0, pausedUntilMs: 0, probing: false };
    this.profiles.set(profile, state);
    return state;
  }
}

function pause(state: ProfileState): void {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** state.failures);
  state.failures += 1;
  state.pausedUntilMs = Date.now() + longest * (0.5 + Math.random() / 2);
}

function notReady(retryAtMs: number): NotYet {
  return new NotYet(
    'credential.not-ready',
    'Keys of this profile could not be made a moment ago; the next try waits.',
    retryAtMs,
  );
}
