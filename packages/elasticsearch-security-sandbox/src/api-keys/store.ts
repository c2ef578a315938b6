import { randomBytes } from 'node:crypto';
import { digest } from '../users-and-roles.js';
import { isExpired, type ApiKey } from './api-key.js';

const RETENTION = 7 * 24 * 60 * 60 * 1000;
const SWEEP_INTERVAL = 1000;

/** What makes a key, before it has an id and a secret. */
export type NewApiKey = Omit<ApiKey, 'id' | 'secretDigest' | 'invalidation'>;

/** The API keys of one sandbox, oldest first. */
export class ApiKeyStore {
  private readonly byId = new Map<string, ApiKey>();
  private lastSweep = 0;

  constructor(private readonly now: () => number) {}

  /** Every key there is. */
  all(): ApiKey[] {
    this.forgetOld();
    return [...this.byId.values()];
  }

  /** The key of this id. */
  get(id: string): ApiKey | undefined {
    this.forgetOld();
    return this.byId.get(id);
  }

  /** Stores a new key; its secret is told once. */
  add(key: NewApiKey, id: string = newApiKeyId()): { key: ApiKey; secret: string } {
    const secret = randomBytes(16).toString('base64url');
    const stored: ApiKey = { ...key, id, secretDigest: digest(secret), invalidation: undefined };
    this.byId.set(id, stored);
    return { key: stored, secret };
  }

  private forgetOld(): void {
    const now = this.now();
    if (Math.abs(now - this.lastSweep) < SWEEP_INTERVAL) return;
    this.lastSweep = now;
    const limit = now - RETENTION;
    for (const key of this.byId.values()) {
      const isLongExpired = isExpired(key, limit);
      const isLongInvalid = key.invalidation !== undefined && key.invalidation <= limit;
      if (isLongExpired || isLongInvalid) this.byId.delete(key.id);
    }
  }
}

/** An id of twenty letters, as Elasticsearch makes them. */
export function newApiKeyId(): string {
  return randomBytes(15).toString('base64url');
}
