import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CredentialObserver } from '../../api-keys/credential-observer.js';
import type { Profile } from '../../config/profiles/profile.js';
import { Settings } from '../../config/settings.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { ServiceError } from '../../errors/service-error.js';
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

/**
 * Whether the service identity (or the user that a profile names) holds every right of each profile, asked of
 * Elasticsearch at the start, after each change and again while it does not.
 */
@Injectable()
export class ProfileFit implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly results = new Map<string, { digest: string; fit: Fit }>();
  private timer?: NodeJS.Timeout;
  private stopped = false;
  private running?: Promise<void>;

  constructor(
    private readonly store: ProfileStore,
    private readonly gateway: ServiceGateway,
    private readonly observer: CredentialObserver,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.profilesFile === undefined) return;
    this.store.onChange(() => void this.checkAll());
    void this.checkAll();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  of(profile: Profile): Fit {
    const known = this.results.get(profile.name);
    return known?.digest === profile.digest ? known.fit : UNCHECKED;
  }

  /**
   * Lets a key be made only of a profile that fits. One that could not be checked passes: Elasticsearch caps every key
   * at the rights of who makes it.
   *
   * @throws ServiceError `profile.unfit`
   */
  require(profile: Profile): void {
    const { state, problem } = this.of(profile);
    if (state === 'unfit') throw new ServiceError('profile.unfit', `Keys of this profile cannot be made as it says: ${problem}.`);
  }

  /** One check at a time; a change meanwhile is looked at by the next. */
  private async checkAll(): Promise<void> {
    if (this.running !== undefined) await this.running;
    if (this.stopped || this.running !== undefined) return;
    this.running = this.checkOpen();
    await this.running;
    this.running = undefined;
    clearTimeout(this.timer);
    if (this.stopped || this.store.all().every((profile) => this.of(profile).state === 'fit')) return;
    this.timer = setTimeout(() => void this.checkAll(), RECHECK_MS).unref();
  }

  private async checkOpen(): Promise<void> {
    for (const profile of this.store.all()) {
      if (this.of(profile).state === 'fit') continue;
      const fit = await this.check(profile);
      this.results.set(profile.name, { digest: profile.digest, fit });
      if (fit.state !== 'unchecked') this.observer.profileChecked(profile.name, fit.problem);
    }
  }

  private async check(profile: Profile): Promise<Fit> {
    this.observer.upstreamCaused('fit');
    try {
      const options = profile.runAs === undefined ? {} : { runAs: profile.runAs };
      const identity = await this.gateway.identity(options);
      if (identity.apiKey !== undefined || identity.authenticationType === 'api_key') {
        return unfit('the service identity is an API key, which can neither update keys nor make one with rights; use a native user or a token', []);
      }
      this.observer.upstreamCaused('fit');
      const missing = await this.gateway.missingPrivileges(privilegesOf(profile), options);
      return missing.length === 0 ? { state: 'fit', missing } : unfit(`${profile.runAs ?? identity.username} lacks ${missing.join(', ')}`, missing);
    } catch (error) {
      const code = error instanceof ServiceError ? error.code : 'internal';
      if (code === 'service-identity.insufficient') return unfit(`the service identity may not run as ${profile.runAs ?? 'itself'}`, [`run_as ${profile.runAs ?? ''}`]);
      if (error instanceof ServiceError && code === 'request.invalid') return unfit(error.detail, []);
      if (code === 'service-identity.refused') return unfit('Elasticsearch does not accept the service identity', []);
      this.observer.backgroundFailed('profile check', code);
      return UNCHECKED;
    }
  }
}

function unfit(problem: string, missing: readonly string[]): Fit {
  return { state: 'unfit', problem, missing };
}
