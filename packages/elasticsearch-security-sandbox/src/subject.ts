import type { ApiKey } from './api-keys/api-key.js';
import type { Owner, Realm } from './owner.js';
import type { RoleDescriptors } from './roles/role-descriptor.js';

/** The token a caller showed, as `_authenticate` tells of it. */
interface TokenIdentity {
  readonly name?: string;
  readonly type?: string;
}

/** Who is calling. */
export interface Subject extends Owner {
  readonly authenticationType: 'realm' | 'api_key' | 'token';
  /** The realm of the credential; differs from `realm` when the caller runs as somebody else. */
  readonly authenticationRealm: Realm;
  readonly assignedRoles: readonly string[];
  /** The key whose rights these are; a token made by a key counts as that key. */
  readonly apiKey: ApiKey | undefined;
  readonly token: TokenIdentity | undefined;
  readonly serviceRoles: RoleDescriptors | undefined;
  /** How the real caller is named in refusals, when it runs as somebody else. */
  readonly runAsBy: string | undefined;
  /** The user this caller asked to run as and may not; every action is refused then. */
  readonly refusedRunAs: string | undefined;
}
