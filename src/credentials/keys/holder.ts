import { createHash } from 'node:crypto';
import type { Profile } from '../../config/profiles/profile.js';
import { invalidField } from '../../errors/service-error.js';
import type { WorkloadIdentity } from '../../workload-identity/workload-identity.js';

/** For whom a key is: a workload, or one instance of it when the profile is `per: instance`. */
export interface Holder {
  profile: string;
  workload: WorkloadIdentity;
  /** Only with `per: instance`. */
  instance?: string;
}

/**
 * @param named what the instance calls itself; a pod that its token names comes first.
 * @throws ServiceError `request.invalid` at `pointer` when each instance has a key of its own and this one does not say
 * which it is.
 */
export function holderOf(
  profile: Profile,
  workload: WorkloadIdentity,
  named: string | undefined,
  pointer: string,
): Holder {
  if (profile.per === 'workload') return { profile: profile.name, workload };
  const instance = workload.kubernetes?.pod ?? named;
  if (instance === undefined)
    throw invalidField(
      pointer,
      'instance.required',
      'must be given: each instance has a key of its own in this profile',
    );
  return { profile: profile.name, workload, instance };
}

/** Equal for all that share a key. */
export function holderId({ profile, workload, instance }: Holder): string {
  return JSON.stringify([profile, workload.subject, instance ?? null]);
}

const BINDING_LENGTH = 16;

/** What a version is bound to: the holder, and everything that a key of the profile carries. */
export function bindingOf(holder: Holder, profile: Profile): string {
  return createHash('sha256')
    .update(holderId(holder))
    .update('\n')
    .update(profile.digest)
    .digest('base64url')
    .slice(0, BINDING_LENGTH);
}
