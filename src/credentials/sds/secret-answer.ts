import type { Profile } from '../../config/profiles/profile.js';
import { headerValueOf } from '../hand-out.js';
import type { LiveKey } from '../keys/live-key.js';
import { SECRET_TYPE, type DiscoveryResponse } from './sds.dto.js';

/**
 * The answer that gives Envoy a key. A bad one is worse than none: Envoy would open its listener without a credential,
 * write the answer into its log or lose the key that it has.
 *
 * @returns undefined when the answer would not be one resource of the right name with a value that a header can carry.
 */
export function secretAnswer(
  name: string,
  key: LiveKey,
  profile: Profile,
  version: string,
): DiscoveryResponse | undefined {
  const value = headerValueOf(key, profile);
  if (
    value === undefined ||
    version === '' ||
    profile.name !== name ||
    key.profile !== name ||
    key.expiresMs <= Date.now()
  )
    return undefined;
  return {
    version_info: version,
    resources: [{ '@type': SECRET_TYPE, name, generic_secret: { secret: { inline_string: value } } }],
    type_url: SECRET_TYPE,
  };
}
