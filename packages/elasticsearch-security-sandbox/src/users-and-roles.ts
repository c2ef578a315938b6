import { createHash, timingSafeEqual } from 'node:crypto';
import type { JsonObject } from './json/json-value.js';
import { EMPTY_ROLE, type RoleDescriptor, type RoleDescriptors } from './roles/role-descriptor.js';
import type { Owner, Realm } from './owner.js';

/** A user of the native or the reserved realm. */
export interface User extends Owner {
  readonly passwordDigest: string;
  readonly roles: readonly string[];
  readonly enabled: boolean;
}

/** The actions a name of an application's privilege stands for, by application and name. */
export type ApplicationPrivilegeStore = Map<string, Map<string, JsonObject>>;

/** The realm of users made over the API. */
export const NATIVE_REALM: Realm = { name: 'default_native', type: 'native' };

/** The realm of the built-in superuser. */
const RESERVED_REALM: Realm = { name: 'reserved', type: 'reserved' };

/** The built-in superuser. */
export const ELASTIC = 'elastic';

const EVERYTHING = { names: ['*'], fieldSecurity: undefined, query: undefined } as const;
const READ_RESTRICTED = ['monitor', 'read', 'view_index_metadata', 'read_cross_cluster'] as const;

/** The one built-in role of the sandbox. */
const SUPERUSER: RoleDescriptor = {
  ...EMPTY_ROLE,
  cluster: ['all'],
  indices: [
    { ...EVERYTHING, privileges: ['all'], allowRestrictedIndices: false },
    { ...EVERYTHING, privileges: READ_RESTRICTED, allowRestrictedIndices: true },
  ],
  applications: [{ application: '*', privileges: ['*'], resources: ['*'] }],
  runAs: ['*'],
  metadata: { _reserved: true },
  remoteIndices: [
    { ...EVERYTHING, privileges: ['all'], allowRestrictedIndices: false, clusters: ['*'] },
    { ...EVERYTHING, privileges: READ_RESTRICTED, allowRestrictedIndices: true, clusters: ['*'] },
  ],
  remoteCluster: [{ privileges: ['monitor_enrich', 'monitor_stats'], clusters: ['*'] }],
};

/** The name of the built-in role. */
export const SUPERUSER_ROLE = 'superuser';

/** The users and roles of one sandbox. */
export class UsersAndRoles {
  readonly users = new Map<string, User>();
  readonly roles = new Map<string, RoleDescriptor>([[SUPERUSER_ROLE, SUPERUSER]]);
  readonly applicationPrivileges: ApplicationPrivilegeStore = new Map();

  constructor(password: string) {
    this.users.set(ELASTIC, {
      username: ELASTIC,
      fullName: null,
      email: null,
      metadata: { _reserved: true },
      realm: RESERVED_REALM,
      roles: [SUPERUSER_ROLE],
      enabled: true,
      passwordDigest: digest(password),
    });
  }

  /** The enabled user these credentials belong to. */
  verify(username: string, password: string): User | undefined {
    const user = this.users.get(username);
    if (!user?.enabled || !sameDigest(user.passwordDigest, digest(password))) return undefined;
    return user;
  }

  /** The roles of these names that exist, without the descriptions keys do not keep. */
  resolve(names: readonly string[]): RoleDescriptors {
    const found = new Map<string, RoleDescriptor>();
    for (const name of names) {
      const role = this.roles.get(name);
      if (role) found.set(name, { ...role, description: undefined });
    }
    return found;
  }
}

/** A digest of a secret. The sandbox holds nothing worth a slow hash. */
export function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Compares two digests without telling by time where they differ. */
export function sameDigest(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(left), Buffer.from(right));
}
