import type { JsonRecord } from '../../json/json-record.js';
import type { KeyStatus } from '../model/key-model.js';

export const KEY_SORTS = ['creation', '-creation', 'name', '-name', 'expiration', '-expiration'] as const;

export type KeySort = (typeof KEY_SORTS)[number];

/** Sorts keys that never expire behind all others; the year 9999, since Long.MAX_VALUE does not survive JSON. */
const NEVER_MS = 253_402_300_799_999;
const EXPIRED = { range: { expiration: { lte: 'now' } } };

/**
 * By Elasticsearch's own clock, which is also the one that lets keys expire. "Not yet expired" is written as the
 * negation: inside a filter aggregation 9.5.3 counts nothing for a range that has only a lower bound.
 */
export const STATUS_QUERIES: Record<KeyStatus, JsonRecord> = {
  active: { bool: { filter: [{ term: { invalidated: false } }], must_not: [EXPIRED] } },
  expired: { bool: { filter: [{ term: { invalidated: false } }, EXPIRED] } },
  invalidated: { term: { invalidated: true } },
};

/** The field asked for, then what makes the order total for all but keys that are alike in everything sortable. */
export function sortClause(sort: KeySort): JsonRecord[] {
  const field = sort.replace('-', '');
  const order = sort.startsWith('-') ? 'desc' : 'asc';
  const ties = [
    { field: 'creation', order: 'desc' },
    { field: 'name', order: 'asc' },
    { field: 'username', order: 'asc' },
    { field: 'realm_name', order: 'asc' },
  ].filter((tie) => tie.field !== field);
  return [{ field, order }, ...ties].map((part) => ({
    [part.field]: { order: part.order, ...(part.field === 'expiration' && { missing: NEVER_MS }) },
  }));
}

/** Matches the keys whose sort values are exactly these. */
export function equalSortValuesQuery(sort: KeySort, values: ReadonlyArray<string | null>): JsonRecord[] {
  return sortClause(sort).map((clause, index) => {
    const [field = ''] = Object.keys(clause);
    const value = values[index] ?? null;
    if (value === null || (field === 'expiration' && value === String(NEVER_MS)))
      return { bool: { must_not: [{ exists: { field } }] } };
    return field === 'creation' || field === 'expiration'
      ? { range: { [field]: { gte: value, lte: value } } }
      : { term: { [field]: value } };
  });
}
