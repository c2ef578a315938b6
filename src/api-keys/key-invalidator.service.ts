import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { scopeOf, type Operation } from '../authorization/operations.js';
import { Settings } from '../config/settings.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import type { ElasticsearchKey } from '../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../errors/service-error.js';
import type { ErrorCode } from '../errors/error-registry.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { KeyKinds, type KeyKind } from './key-kind.js';
import { KeyLocks } from './key-locks.js';
import { KeyReader, notFound } from './key-reader.service.js';

export interface InvalidationVerdict {
  invalidated: string[];
  previously_invalidated: string[];
  errors: Array<{ id: string; code: ErrorCode; detail: string }>;
}

const MAX_ROUNDS = 4;

/**
 * Invalidates keys and makes sure of it. A key that this has reported as invalidated stays dead: writes to one key are
 * serialized here, and after Elasticsearch has answered, the key is read back once an overlapping update (of another
 * replica, of another client) would have become visible, and invalidated again if one revived it.
 */
@Injectable()
export class KeyInvalidator {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly reader: KeyReader,
    private readonly kinds: KeyKinds,
    private readonly locks: KeyLocks,
    private readonly settings: Settings,
  ) {}

  /** @throws ServiceError with the reason why the key stands as it was. An already invalidated key is no error. */
  async invalidateOne(caller: AuthorizedCaller, kind: KeyKind, id: string, operation: Operation, check?: (key: ElasticsearchKey) => void): Promise<void> {
    await this.locks.run([id], async () => {
      const key = await this.reader.require(caller, kind, id);
      check?.(key);
      if (key.invalidated) return;
      const refused = await this.carryOut(caller, [id], operation);
      if (refused.length > 0) throw notAllowed();
    });
  }

  /** Each id gets a verdict; keys of other kinds are left alone. */
  async invalidateMany(caller: AuthorizedCaller, kind: KeyKind, ids: readonly string[], operation: Operation): Promise<InvalidationVerdict> {
    return this.locks.run(ids, async () => {
      const found = new Map((await this.reader.find(caller, ids)).map((key) => [key.id, key]));
      const verdict: InvalidationVerdict = { invalidated: [], previously_invalidated: [], errors: [] };
      const open: string[] = [];
      for (const id of ids) {
        const key = found.get(id);
        const refusal = key === undefined ? notFound() : this.kinds.kindOf(key) === kind ? undefined : this.kinds.wrongKind(key, kind);
        if (refusal !== undefined) verdict.errors.push({ id, code: refusal.code, detail: refusal.detail });
        else if (key?.invalidated) verdict.previously_invalidated.push(id);
        else open.push(id);
      }
      const refused = open.length === 0 ? [] : await this.carryOut(caller, open, operation);
      verdict.invalidated = open.filter((id) => !refused.includes(id));
      const { code, detail } = notAllowed();
      verdict.errors.push(...refused.map((id) => ({ id, code, detail })));
      return verdict;
    });
  }

  /** @returns the keys that Elasticsearch left alive because the caller may not invalidate them. */
  private async carryOut(caller: AuthorizedCaller, ids: readonly string[], operation: Operation): Promise<string[]> {
    const ownOnly = scopeOf(operation, caller.privileges) === 'own' && caller.caller.apiKey === undefined;
    const ended = new Set((await this.gateway.invalidateKeys(caller.credential, ids, ownOnly)).invalidated);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      await sleep(this.settings.invalidationSettleMs);
      const alive = await this.stillAlive(caller, ids);
      const revived = alive.filter((id) => ended.has(id));
      if (revived.length === 0) return alive;
      await this.gateway.invalidateKeys(caller.credential, revived, ownOnly);
    }
    throw new ServiceError('key.invalidation-unconfirmed', 'Something keeps updating the key, and Elasticsearch lets such an update bring it back to life.');
  }

  private async stillAlive(caller: AuthorizedCaller, ids: readonly string[]): Promise<string[]> {
    try {
      return (await this.reader.find(caller, ids)).filter((key) => !key.invalidated).map(({ id }) => id);
    } catch (error) {
      // A key that invalidated itself can no longer ask; that it is refused is the proof.
      const own = caller.caller.apiKey?.id;
      if (own !== undefined && ids.includes(own) && error instanceof ServiceError && error.code === 'auth.invalid') return [];
      throw error;
    }
  }
}

function notAllowed(): ServiceError {
  return new ServiceError('privilege.missing', 'The key belongs to somebody else; to invalidate it needs manage_api_key or manage_security.', {
    requiredPrivileges: ['manage_api_key', 'manage_security'],
  });
}
