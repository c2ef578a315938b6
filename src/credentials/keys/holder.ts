import { createHash } from 'node:crypto';
import type { Profile } from '../../config/profiles/profile.js';
import type { WorkloadIdentity } from '../../identity/workload-identity.js';

/** For whom a key is: a workload, or one instance of it when the profile is `per: instance`. */
export interface Holder {
  profile: string;
  workload: WorkloadIdentity;
  /** Only with `per: instance`. */
  instance?: string;
}

export function holderOf(profile: Profile, workload: WorkloadIdentity, instance: string | undefined): Holder {
  return { profile: profile.name, workload, ...(profile.per === 'instance' && instance !== undefined && { instance }) };
}

/** Equal for all that share a key. */
export function holderId({ profile, workload, instance }: Holder): string {
  return JSON.stringify([profile, workload.subject, instance ?? null]);
}

const BINDING_LENGTH = 16;

/** What a version is bound to: the holder, and everything that a key of the profile carries. */
export function bindingOf(holder: Holder, profile: Profile): string {
  return createHash('sha256').update(holderId(holder)).update('\n').update(profile.digest).digest('base64url').slice(0, BINDING_LENGTH);
}
