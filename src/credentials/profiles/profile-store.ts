import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CredentialObserver } from '../../telemetry/credential-observer.js';
import { ConfigError } from '../../config/config-error.js';
import { PolicySource } from '../../config/policy-file/policy-source.js';
import { parseProfiles } from '../../config/profiles/parse-profiles.js';
import type { Profile } from '../../config/profiles/profile.js';
import { Settings } from '../../config/settings.js';
import { ServiceError } from '../../errors/service-error.js';
import { PeriodicTask } from '../../timing/periodic-task.js';
import type { WorkloadIdentity } from '../../workload-identity/workload-identity.js';
import { mayHave } from './allow-rules.js';

/** Subjects that can be kept in the metadata of a key. Tokens of odd issuers have others, and those get nothing. */
const RECORDABLE = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}]{1,2048}$/u;

/** The profiles in force. Read again when the file changes; a bad file changes nothing and is said loudly. */
@Injectable()
export class ProfileStore implements OnApplicationBootstrap, OnApplicationShutdown {
  private profiles: ReadonlyMap<string, Profile>;
  private readonly reloading?: PeriodicTask;
  private text?: string;
  private problem?: string;
  private readonly listeners = new Set<(changed: readonly string[]) => void>();

  constructor(
    { profiles, profilesFile, profilesReloadMs }: Settings,
    private readonly observer: CredentialObserver,
  ) {
    this.profiles = byName(profiles);
    if (profilesFile === undefined) return;
    const file = new PolicySource('LATCHKEY_PROFILES_FILE', profilesFile, parseProfiles);
    this.reloading = new PeriodicTask({
      run: () => this.reload(file),
      intervalMs: profilesReloadMs,
      onError: (error) => this.reject(error),
    });
  }

  onApplicationBootstrap(): void {
    if (this.reloading === undefined) return;
    this.observer.profilesLoaded([...this.profiles.keys()]);
    this.reloading.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reloading?.stop();
  }

  all(): readonly Profile[] {
    return [...this.profiles.values()];
  }

  find(name: string): Profile | undefined {
    return this.profiles.get(name);
  }

  /** Why the file as it is now is not in force; undefined = it is. */
  get rejected(): string | undefined {
    return this.problem;
  }

  /** @param listener is given the names of profiles that are new, gone or different. */
  onChange(listener: (changed: readonly string[]) => void): void {
    this.listeners.add(listener);
  }

  /**
   * The profile, for a workload that may have its credentials.
   *
   * @throws ServiceError `profile.denied`, the same for an unknown profile so that names cannot be found out;
   * `profile.closed`.
   */
  require(name: string, workload: WorkloadIdentity): Profile {
    const profile = this.profiles.get(name);
    if (profile === undefined || !RECORDABLE.test(workload.subject) || !mayHave(profile, workload)) {
      throw new ServiceError('profile.denied', 'There is no such profile, or it does not allow this workload.');
    }
    if (profile.closed)
      throw new ServiceError('profile.closed', 'The profile is closed: it gives out no credentials for now.');
    return profile;
  }

  private async reload(file: PolicySource<readonly Profile[]>): Promise<void> {
    const before = this.text;
    // Undefined after a failed read: when the file is back it is looked at again, though it may say the same as before.
    this.text = undefined;
    const text = await file.read();
    this.text = text;
    if (text !== before) this.replace(byName(file.parse(text)));
  }

  private reject(error: unknown): void {
    const problem = error instanceof ConfigError ? error.message : 'LATCHKEY_PROFILES_FILE: cannot be used';
    if (problem !== this.problem) this.observer.profilesRejected(problem);
    this.problem = problem;
  }

  private replace(next: ReadonlyMap<string, Profile>): void {
    const before = this.profiles;
    const names = new Set([...before.keys(), ...next.keys()]);
    const changed = [...names].filter((name) => JSON.stringify(before.get(name)) !== JSON.stringify(next.get(name)));
    this.profiles = next;
    if (changed.length > 0 || this.problem !== undefined) this.observer.profilesLoaded([...next.keys()]);
    this.problem = undefined;
    if (changed.length > 0) for (const listener of this.listeners) listener(changed);
  }
}

function byName(profiles: readonly Profile[]): ReadonlyMap<string, Profile> {
  return new Map(profiles.map((profile) => [profile.name, profile]));
}
