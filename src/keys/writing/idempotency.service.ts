import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { UNIT_MS } from '../../config/duration.js';
import { invalidField, ServiceError } from '../../errors/service-error.js';
import type { Caller } from '../../identity/caller.js';

const LIFETIME_MS = UNIT_MS.d;
const MAX_ENTRIES = 10_000;
const KEY_FORM = /^[A-Za-z0-9_.:-]{16,64}$/;
/** Refusals after which it is certain that nothing was made. */
const CERTAIN = new Set([400, 401, 403, 404, 409, 429, 501]);

interface Entry {
  request: string;
  keyId?: string;
}

/**
 * Keeps a create with an `Idempotency-Key` from being carried out twice by this replica. Remembers a digest and the id
 * of the key that was made, for 24 hours, and never the secret: a repeat is told the id.
 */
@Injectable()
export class Idempotency {
  private readonly entries = new LRUCache<string, Entry>({ max: MAX_ENTRIES, ttl: LIFETIME_MS });

  /**
   * @throws ServiceError `request.already-done`, `request.idempotency-mismatch`, `request.invalid` (form of the
   * header).
   */
  async once<T extends { key: { id: string } }>(
    idempotencyKey: string | undefined,
    caller: Caller,
    operation: string,
    body: unknown,
    work: () => Promise<T>,
  ): Promise<T> {
    if (idempotencyKey === undefined) return work();
    requireIdempotencyForm(idempotencyKey);
    const name = digest([caller.realm.name, caller.username, operation, idempotencyKey]);
    const request = digest(body);
    const entry = this.entries.get(name);
    if (entry !== undefined) throw repeated(entry, request);
    this.entries.set(name, { request });
    try {
      const result = await work();
      this.entries.set(name, { request, keyId: result.key.id });
      return result;
    } catch (error) {
      if (error instanceof ServiceError && CERTAIN.has(error.status)) this.entries.delete(name);
      throw error;
    }
  }
}

/** @throws ServiceError `request.invalid` at `header:idempotency-key`. */
export function requireIdempotencyForm(idempotencyKey: string): void {
  if (KEY_FORM.test(idempotencyKey)) return;
  throw invalidField(
    'header:idempotency-key',
    'idempotency-key.malformed',
    'must have 16 to 64 characters of A-Z, a-z, 0-9, _ . : -',
  );
}

function repeated({ request, keyId }: Entry, now: string): ServiceError {
  if (request !== now)
    return new ServiceError('request.idempotency-mismatch', 'This Idempotency-Key was used with another body.');
  if (keyId === undefined) {
    return new ServiceError(
      'request.already-done',
      'The first request with this Idempotency-Key is still running, or its outcome is unknown; look for the ' +
        'key by its name.',
    );
  }
  return new ServiceError(
    'request.already-done',
    'The first request with this Idempotency-Key made the key; its secret was answered then.',
    { members: { key_id: keyId } },
  );
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
