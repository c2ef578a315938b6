import { Injectable } from '@nestjs/common';
import type { AuditOutcome } from '../../audit/audited.js';
import { scopeOf, type Operation } from '../../operations/operations.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../errors/service-error.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { KeyEnder } from './key-ender.service.js';
import { KeyKinds, type KeyKind } from '../model/key-kind.js';
import { KeyLocks } from '../writing/key-locks.js';
import { isOwner } from '../model/key-owner.js';
import { KeyReader, notFound } from '../reading/key-reader.service.js';

export interface InvalidationVerdict {
  invalidated: string[];
  previously_invalidated: string[];
  errors: Array<{ id: string; code: string; detail: string }>;
}

export function doneTo({ invalidated, errors }: InvalidationVerdict): AuditOutcome {
  return { keyIds: invalidated, refused: errors };
}

export interface BatchRules {
  /** Why a key must stay; thrown by it as a ServiceError. */
  check?: (key: ElasticsearchKey) => void;
  /** A batch in which any id is refused changes nothing. */
  allOrNothing?: boolean;
}

/**
 * Invalidates keys and makes sure of it. A key that this has reported as invalidated stays dead: writes to one key are
 * serialized here, and `KeyEnder` confirms what was done.
 */
@Injectable()
export class KeyInvalidator {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly reader: KeyReader,
    private readonly kinds: KeyKinds,
    private readonly locks: KeyLocks,
    private readonly ender: KeyEnder,
  ) {}

  /** @throws ServiceError with the reason why the key stands as it was. An already invalidated key is no error. */
  async invalidateOne(
    caller: AuthorizedCaller,
    kind: KeyKind,
    id: string,
    operation: Operation,
    check?: (key: ElasticsearchKey) => void,
  ): Promise<void> {
    await this.locks.run([id], async () => {
      const key = await this.reader.require(caller, kind, id);
      check?.(key);
      if (!key.invalidated) await this.end(caller, id, operation);
    });
  }

  /** Ends a key that has been looked at already, by a caller of this who holds its lock. @throws as `invalidateOne`. */
  async end(caller: AuthorizedCaller, id: string, operation: Operation): Promise<void> {
    const refused = await this.carryOut(caller, [id], operation);
    if (refused.length > 0) throw notAllowed();
  }

  /** Each id gets a verdict; keys of other kinds are left alone. */
  async invalidateMany(
    caller: AuthorizedCaller,
    kind: KeyKind,
    ids: readonly string[],
    operation: Operation,
    rules: BatchRules = {},
  ): Promise<InvalidationVerdict> {
    return this.locks.run(ids, async () => {
      const found = new Map((await this.reader.find(caller, ids)).map((key) => [key.id, key]));
      const verdict: InvalidationVerdict = { invalidated: [], previously_invalidated: [], errors: [] };
      const open: string[] = [];
      for (const id of ids) {
        const key = found.get(id);
        const refusal = key === undefined ? notFound() : this.refusalOf(caller, kind, key, operation, rules);
        if (refusal !== undefined) verdict.errors.push({ id, code: refusal.code, detail: refusal.detail });
        else if (key?.invalidated) verdict.previously_invalidated.push(id);
        else open.push(id);
      }
      if (rules.allOrNothing && verdict.errors.length > 0) {
        verdict.errors.push(
          ...open.map((id) => ({
            id,
            code: 'batch.held-back',
            detail:
              'Could be invalidated, but another key of the batch was refused; say allow_partial to go on without it.',
          })),
        );
        return verdict;
      }
      const refused = open.length === 0 ? [] : await this.carryOut(caller, open, operation);
      verdict.invalidated = open.filter((id) => !refused.includes(id));
      const { code, detail } = notAllowed();
      verdict.errors.push(...refused.map((id) => ({ id, code, detail })));
      return verdict;
    });
  }

  private refusalOf(
    caller: AuthorizedCaller,
    kind: KeyKind,
    key: ElasticsearchKey,
    operation: Operation,
    { check }: BatchRules,
  ): ServiceError | undefined {
    if (this.kinds.kindOf(key) !== kind) return this.kinds.wrongKind(key, kind);
    // Seen through read_security, say; the refusal of a user's own call is known beforehand.
    if (ownOnly(caller, operation) && !isOwner(caller.caller, key)) return notAllowed();
    try {
      check?.(key);
      return undefined;
    } catch (error) {
      if (error instanceof ServiceError) return error;
      throw error;
    }
  }

  /** @returns the keys that Elasticsearch left alive because the caller may not invalidate them. */
  private carryOut(caller: AuthorizedCaller, ids: readonly string[], operation: Operation): Promise<string[]> {
    const own = ownOnly(caller, operation);
    const invalidate = (wanted: readonly string[]) => this.gateway.invalidateKeys(caller.credential, wanted, own);
    return this.ender.endKeys({ invalidate }, ids);
  }
}

/** `owner: true` said by an API key would mean something else to Elasticsearch. */
function ownOnly(caller: AuthorizedCaller, operation: Operation): boolean {
  return scopeOf(operation, caller.privileges) === 'own' && caller.caller.apiKey === undefined;
}

function notAllowed(): ServiceError {
  return new ServiceError(
    'privilege.missing',
    'The key belongs to somebody else; to invalidate it needs manage_api_key or manage_security.',
    { members: { required_privileges: ['manage_api_key', 'manage_security'] } },
  );
}
