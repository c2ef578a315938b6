import { Injectable } from '@nestjs/common';
import type { JsonRecord } from '../../json/json-record.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../errors/service-error.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { decodeCursor, encodeCursor, toSortValues, type KeyPosition } from './key-cursor.js';
import { KeyKinds, type KeyKind } from '../model/key-kind.js';
import { toKey, type Key } from '../model/key-model.js';
import { commonFilters, filterClauses, KEY_FILTERS, type KeyFilters } from './key-filters.js';
import { equalSortValuesQuery, sortClause, type KeySort } from './key-query.js';
import type { KeyListing, ListQuery, OwnFilters, PageRequest } from './list-query.js';

const DEFAULT_SORT: KeySort = '-creation';
const DEFAULT_SIZE = 50;

export interface KeyList {
  items: Key[];
  total: number;
  next_cursor: string | null;
}

/** Reads keys of any kind as the caller. Elasticsearch decides whether that is all keys or the caller's own. */
@Injectable()
export class KeyReader {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly kinds: KeyKinds,
  ) {}

  /**
   * One page. Keys made or removed between two pages neither repeat nor hide others: a page goes on after the sort
   * values of the last key, not after a count.
   *
   * @param page what `input` says, unless the list has an order or pages of its own.
   */
  async list<Query extends ListQuery & KeyFilters & PageRequest>(
    { credential }: AuthorizedCaller,
    listing: KeyListing<NoInfer<Query>>,
    input: Query,
    page: PageRequest = input,
  ): Promise<KeyList> {
    const { sort = DEFAULT_SORT, size = DEFAULT_SIZE, cursor } = page;
    const { kind } = listing;
    const filters = { ...commonFilters(input), ...listing.preset };
    const conditions = [...(listing.conditions ?? []), ...filterClauses<OwnFilters<Query>>(listing.filters, input)];
    const question = { kind, filters, conditions, sort };
    const position = cursor === undefined ? undefined : decodeCursor(cursor, question);
    const query = {
      bool: { filter: [this.kinds.query(kind), ...conditions, ...filterClauses(KEY_FILTERS, filters)] },
    };
    const order = sortClause(sort);
    const ties = position?.seen
      ? (
          await this.gateway.queryKeys(credential, {
            query: tiesQuery(query, sort, position),
            sort: order,
            size: size + 1,
          })
        ).keys
      : [];
    const { total, keys } = await this.gateway.queryKeys(credential, {
      query,
      sort: order,
      size: Math.max(0, size + 1 - ties.length),
      ...(position && { search_after: position.after }),
    });
    const found = [...ties, ...keys];
    const now = Date.now();
    return {
      items: found.slice(0, size).map((key) => toKey(key, this.kinds, now)),
      total,
      next_cursor: found.length > size ? encodeCursor(nextPosition(found, size, position), question) : null,
    };
  }

  /** @throws ServiceError `key.not-found`, or 409 when the key is of another kind. */
  async get(
    caller: AuthorizedCaller,
    kind: KeyKind,
    id: string,
    options: { withLimitedBy?: boolean } = {},
  ): Promise<Key> {
    return toKey(await this.require(caller, kind, id, options), this.kinds);
  }

  /** The key as Elasticsearch has it. @throws as `get`. */
  async require(
    { credential }: AuthorizedCaller,
    kind: KeyKind,
    id: string,
    options: { withLimitedBy?: boolean } = {},
  ): Promise<ElasticsearchKey> {
    const { keys } = await this.gateway.queryKeys(credential, idsQuery([id]), options);
    const [key] = keys;
    if (key === undefined) throw notFound();
    if (this.kinds.kindOf(key) !== kind) throw this.kinds.wrongKind(key, kind);
    return key;
  }

  /** Those of the given keys that the caller can see, of whatever kind, in no certain order. */
  async find({ credential }: AuthorizedCaller, ids: readonly string[]): Promise<ElasticsearchKey[]> {
    return (await this.gateway.queryKeys(credential, idsQuery(ids))).keys;
  }
}

export function notFound(): ServiceError {
  return new ServiceError('key.not-found', 'There is no such key, or the caller may not see it.');
}

export function idsQuery(ids: readonly string[]): JsonRecord {
  return { query: { ids: { values: [...ids] } }, size: ids.length };
}

function tiesQuery(query: JsonRecord, sort: KeySort, { after, seen = [] }: KeyPosition): JsonRecord {
  return { bool: { filter: [query, ...equalSortValuesQuery(sort, after)], must_not: [{ ids: { values: seen } }] } };
}

function nextPosition(found: readonly ElasticsearchKey[], size: number, previous?: KeyPosition): KeyPosition {
  const valuesAt = (index: number): string => JSON.stringify(toSortValues(found[index]?._sort));
  const last = valuesAt(size - 1);
  const after = toSortValues(found[size - 1]?._sort);
  if (valuesAt(size) !== last) return { after };
  const alike = found.slice(0, size).filter((_, index) => valuesAt(index) === last);
  const before = previous && JSON.stringify(previous.after) === last ? (previous.seen ?? []) : [];
  return { after, seen: [...before, ...alike.map(({ id }) => id)] };
}
