import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CredentialObserver } from '../../telemetry/credential-observer.js';
import type { Profile } from '../../config/profiles/profile.js';
import { Settings } from '../../config/settings.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { codeOf, ServiceError } from '../../errors/service-error.js';
import { PeriodicTask } from '../../timing/periodic-task.js';
import { NotYet } from '../keys/not-yet.js';
import { profileTopic, Wakeups } from '../keys/wakeups.js';
import { privilegesOf } from './role.js';
import { ProfileStore } from './profile-store.js';

export interface Fit {
  state: 'fit' | 'unfit' | 'unchecked';
  /** Why keys of the profile cannot be made as it says. */
  problem?: string;
  missing: readonly string[];
}

const UNCHECKED: Fit = { state: 'unchecked', missing: [] };
/** A profile that does not fit is looked at again: the role is mended in Elasticsearch, not here. */
const RECHECK_MS = 15_000;
/** One that fits as well, since the role may be narrowed there; but not so often. */
const RECHECK_FIT_MS = 300_000;
/** So long a key that is wanted waits for the first check of its profile. */
const LONGEST_WAIT_MS = 5000;
const RETRY_MS = 1000;

interface Result {
  digest: string;
  fit: Fit;
  /** Epoch milliseconds; 0 = to be looked at anew. */
  checkedMs: number;
}

/**
 * Whether the service identity (or the user that a profile names) holds every right of each profile, asked of
 * Elasticsearch at the start, after each change and from time to time, more often while it does not.
 */
@Injectable()
export class ProfileFit implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly results = new Map<string, Result>();
  /** By name, as each was when it last fitted. */
  private readonly lastFit = new Map<string, Profile>();
  private readonly checking: PeriodicTask;

  constructor(
    private readonly store: ProfileStore,
    private readonly gateway: ServiceGateway,
    private readonly wakeups: Wakeups,
    private readonly observer: CredentialObserver,
    private readonly settings: Settings,
  ) {
    this.checking = new PeriodicTask({
      run: (signal) => this.checkOpen(signal),
      intervalMs: RECHECK_MS,
      atOnce: true,
      onError: (error) => this.failed(error),
    });
  }

  onApplicationBootstrap(): void {
    if (this.settings.profilesFile === undefined) return;
    this.store.onChange(() => this.changed());
    this.checking.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.checking.stop();
  }

  of(profile: Profile): Fit {
    return this.resultOf(profile)?.fit ?? UNCHECKED;
  }

  /**
   * The profile as it was when it last fitted, while nothing can be made of it as it is now: what was made then goes
   * on.
   */
  before(profile: Profile): Profile | undefined {
    return this.of(profile).state === 'fit' ? undefined : this.lastFit.get(profile.name);
  }

  /** @throws ServiceError `profile.unfit` */
  refuseUnfit(profile: Profile): void {
    const { state, problem } = this.of(profile);
    if (state === 'unfit')
      throw new ServiceError('profile.unfit', `Keys of this profile cannot be made as it says: ${problem}.`);
  }

  /**
   * Lets a key be made only of a profile that fits, and waits for its first check. One that could not be checked
   * passes, since Elasticsearch caps every key at the rights of who makes it; but not in place of one that was known to
   * fit.
   *
   * @throws ServiceError `profile.unfit`, `credential.not-ready`
   */
  async require(profile: Profile): Promise<void> {
    const endMs = Date.now() + LONGEST_WAIT_MS;
    while (this.resultOf(profile) === undefined && this.isPresent(profile) && Date.now() < endMs)
      await this.wakeups.sleep([profileTopic(profile.name)], endMs);
    this.refuseUnfit(profile);
    if (this.resultOf(profile) !== undefined && this.before(profile) === undefined) return;
    throw new NotYet(
      'credential.not-ready',
      'The profile has to be checked before keys are made of it.',
      Date.now() + RETRY_MS,
    );
  }

  /** What the file no longer says is never checked. */
  private isPresent({ name, digest }: Profile): boolean {
    return this.store.find(name)?.digest === digest;
  }

  private resultOf({ name, digest }: Profile): Result | undefined {
    const known = this.results.get(name);
    return known?.digest === digest ? known : undefined;
  }

  private changed(): void {
    for (const known of this.results.values()) known.checkedMs = 0;
    const names = new Set(this.store.all().map(({ name }) => name));
    for (const kept of [this.results, this.lastFit])
      for (const name of kept.keys()) if (!names.has(name)) kept.delete(name);
    this.checking.wake();
  }

  private async checkOpen(signal: AbortSignal): Promise<void> {
    const open = this.store.all().filter((profile) => this.isOpen(profile));
    // Requests wait for those that were never looked at.
    open.sort((a, b) => Number(this.resultOf(a) !== undefined) - Number(this.resultOf(b) !== undefined));
    for (const profile of open) {
      this.settle(profile, await this.check(profile));
      if (signal.aborted) return;
    }
  }

  private isOpen(profile: Profile): boolean {
    const known = this.resultOf(profile);
    return known?.fit.state !== 'fit' || Date.now() - known.checkedMs >= RECHECK_FIT_MS;
  }

  private settle(profile: Profile, found: Fit): void {
    // That Elasticsearch is away now unsays nothing.
    const fit = found.state === 'unchecked' ? this.of(profile) : found;
    this.results.set(profile.name, { digest: profile.digest, fit, checkedMs: Date.now() });
    if (fit.state === 'fit') this.lastFit.set(profile.name, profile);
    if (found.state !== 'unchecked') this.observer.profileChecked(profile.name, fit.problem);
    this.wakeups.wake(profileTopic(profile.name));
  }

  private async check(profile: Profile): Promise<Fit> {
    this.observer.upstreamCaused('fit');
    try {
      const options = { runAs: profile.runAs };
      const identity = await this.gateway.identity(options);
      if (identity.apiKey !== undefined || identity.authenticationType === 'api_key') {
        return unfit(
          'the service identity is an API key, which can neither update keys nor make one with rights; use a ' +
            'native user or a token',
          [],
        );
      }
      this.observer.upstreamCaused('fit');
      const missing = await this.gateway.missingPrivileges(privilegesOf(profile), options);
      return missing.length === 0
        ? { state: 'fit', missing }
        : unfit(`${profile.runAs ?? identity.username} lacks ${missing.join(', ')}`, missing);
    } catch (error) {
      const code = codeOf(error);
      if (code === 'service-identity.insufficient')
        return unfit(`the service identity may not run as ${profile.runAs ?? 'itself'}`, [
          `run_as ${profile.runAs ?? ''}`,
        ]);
      if (error instanceof ServiceError && code === 'request.invalid') return unfit(error.detail, []);
      if (code === 'service-identity.refused') return unfit('Elasticsearch does not accept the service identity', []);
      this.failed(error);
      return UNCHECKED;
    }
  }

  private failed(error: unknown): void {
    this.observer.backgroundFailed('profile check', codeOf(error));
  }
}

function unfit(problem: string, missing: readonly string[]): Fit {
  return { state: 'unfit', problem, missing };
}
