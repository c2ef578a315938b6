import { Injectable } from '@nestjs/common';
import { audited, type Audited, type AuditedSecret } from '../../audit/audited.js';
import type { HeaderWriter } from '../../http/request-headers.decorator.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { OPERATIONS } from '../../operations/operations.js';
import { doneTo, KeyInvalidator, type InvalidationVerdict } from '../ending/key-invalidator.service.js';
import type { InvalidateKeysBody, KeyGetQuery, KeyIdParam, KeyListQuery } from '../fields/key.dto.js';
import { routeOf, type KeyKind } from '../model/key-kind.js';
import { etagOf, type Key } from '../model/key-model.js';
import { KeyReader, type KeyList } from '../reading/key-reader.service.js';
import type { KeyListing } from '../reading/list-query.js';
import { KeySummaries, type KeySummary } from '../reading/key-summary.service.js';

const OPERATIONS_OF = {
  user: 'user-keys',
  cross_cluster: 'cross-cluster-keys',
  managed: 'managed-keys',
} as const satisfies Record<KeyKind, string>;

/**
 * What stands behind the routes that every kind of key has: list, summary, get, update, invalidate one and many. A
 * controller declares its routes with its own input classes and hands them on to this, or to its own rules and then to
 * `tagged`, `updated` and `created`.
 */
@Injectable()
export class KeyRoutes {
  constructor(
    private readonly reader: KeyReader,
    private readonly summaries: KeySummaries,
    private readonly invalidator: KeyInvalidator,
  ) {}

  list<Query extends KeyListQuery>(
    caller: AuthorizedCaller,
    listing: KeyListing<NoInfer<Query>>,
    query: Query,
  ): Promise<KeyList> {
    return this.reader.list(caller, listing, query);
  }

  summary(caller: AuthorizedCaller, kind: KeyKind): Promise<KeySummary> {
    return this.summaries.summarize(caller, kind);
  }

  get(
    caller: AuthorizedCaller,
    kind: KeyKind,
    { id }: KeyIdParam,
    headers: HeaderWriter,
    { with_limited_by: withLimitedBy = false }: KeyGetQuery = {},
  ): Promise<Key> {
    return tagged(headers, this.reader.get(caller, kind, id, { withLimitedBy }));
  }

  invalidate(caller: AuthorizedCaller, kind: KeyKind, { id }: KeyIdParam): Audited<void> {
    const operation = OPERATIONS[`${OPERATIONS_OF[kind]}.invalidate`];
    return audited({ keyIds: [id] }, () => this.invalidator.invalidateOne(caller, kind, id, operation));
  }

  invalidateMany(caller: AuthorizedCaller, kind: KeyKind, { ids }: InvalidateKeysBody): Audited<InvalidationVerdict> {
    const operation = OPERATIONS[`${OPERATIONS_OF[kind]}.invalidate-many`];
    return audited({ keyIds: ids }, () => this.invalidator.invalidateMany(caller, kind, ids, operation), doneTo);
  }
}

/** Sends the entity tag of the key that is answered. */
export async function tagged(headers: HeaderWriter, answer: Promise<Key>): Promise<Key> {
  const key = await answer;
  headers({ etag: etagOf(key) });
  return key;
}

/** Sends the entity tag of the key as it now is. */
export function updated<Answer extends { key: Key }>(
  headers: HeaderWriter,
  operation: Audited<Answer>,
): Audited<Answer> {
  return operation.tap(({ key }) => headers({ etag: etagOf(key) }));
}

/** Sends where the new key is, and its entity tag. */
export function created<Answer extends { key: Key }>(
  headers: HeaderWriter,
  kind: KeyKind,
  operation: AuditedSecret<Answer>,
): AuditedSecret<Answer> {
  return operation.tap(({ key }) => headers({ location: routeOf(kind, key.id), etag: etagOf(key) }));
}
