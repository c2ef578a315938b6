import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LicenseStatus, LicenseType } from './license.js';
import { SandboxNode } from './node.js';
import { Router } from './router.js';
import { routesOf } from './routes.js';
import { createSandboxServer } from './server.js';
import { ELASTIC } from './users-and-roles.js';

export type { LicenseStatus, LicenseType } from './license.js';

/** How to start a sandbox. */
export interface SandboxOptions {
  /** The address to listen on; 127.0.0.1 unless given. */
  readonly host?: string;
  /** The port to listen on; 0 takes a free one. */
  readonly port?: number;
  /** Which Elasticsearch to behave like. */
  readonly version?: '9.5.3' | '8.19.21';
  readonly license?: LicenseType;
  /** The password of the user `elastic`. */
  readonly password?: string;
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
  readonly apiKeysEnabled?: boolean;
  readonly securityEnabled?: boolean;
  /** Whether OAuth2 tokens work. Elasticsearch turns them off without TLS; here they are on unless refused. */
  readonly tokensEnabled?: boolean;
}

/** A running sandbox. */
export interface Sandbox {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Ends it and forgets everything. */
  close(): Promise<void>;
  /** Puts another license in place, at once. */
  setLicense(type: LicenseType, status?: LicenseStatus): void;
}

/**
 * Starts an in-memory stand-in for Elasticsearch's security API. It answers as real nodes were recorded to, keeps
 * nothing on disk, and is made for trying things out and for tests, never for production.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const password = options.password ?? 'changeme';
  const node = new SandboxNode({
    version: options.version ?? '9.5.3',
    license: options.license ?? 'trial',
    licenseStatus: 'active',
    password,
    now: options.now ?? Date.now,
    apiKeysEnabled: options.apiKeysEnabled ?? true,
    securityEnabled: options.securityEnabled ?? true,
    tokensEnabled: options.tokensEnabled ?? true,
  });
  const server = createSandboxServer(node, new Router(routesOf(node.settings)));
  const { address, port, family } = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    username: ELASTIC,
    password,
    close: () => close(server),
    setLicense: (type, status = 'active') => node.license.change(type, status, randomUUID(), node.now()),
  };
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      if (typeof address === 'object' && address) resolve(address);
      else reject(new Error('the sandbox listens on no port'));
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeAllConnections();
  });
}
