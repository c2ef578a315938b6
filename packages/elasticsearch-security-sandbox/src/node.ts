import { randomBytes, randomUUID } from 'node:crypto';
import { ApiKeyStore } from './api-keys/store.js';
import { DocumentStore } from './documents/document-store.js';
import { License, type LicenseStatus, type LicenseType } from './license.js';
import { TokenStore } from './tokens/token-store.js';
import { UsersAndRoles } from './users-and-roles.js';

/** How a sandbox is set up. */
export interface NodeSettings {
  readonly version: '9.5.3' | '8.19.21';
  readonly license: LicenseType;
  readonly licenseStatus: LicenseStatus;
  readonly password: string;
  readonly now: () => number;
  readonly apiKeysEnabled: boolean;
  readonly securityEnabled: boolean;
  readonly tokensEnabled: boolean;
}

/** The state of one sandbox: a cluster of one node, all in memory. */
export class SandboxNode {
  readonly id = randomBytes(16).toString('base64url');
  readonly clusterName = 'latchkey-sandbox';
  readonly clusterUuid = randomBytes(16).toString('base64url');
  readonly securityIndexUuid = randomBytes(16).toString('base64url');
  readonly license: License;
  readonly users: UsersAndRoles;
  readonly keys: ApiKeyStore;
  readonly tokens: TokenStore;
  readonly documents = new DocumentStore();

  constructor(readonly settings: NodeSettings) {
    this.license = new License(
      settings.license,
      settings.licenseStatus,
      this.clusterName,
      randomUUID(),
      settings.now(),
    );
    this.users = new UsersAndRoles(settings.password);
    this.keys = new ApiKeyStore(settings.now);
    this.tokens = new TokenStore(settings.now);
  }

  get isNine(): boolean {
    return this.settings.version.startsWith('9.');
  }

  get major(): number {
    return this.isNine ? 9 : 8;
  }

  now(): number {
    return this.settings.now();
  }
}
