import type { JsonRecord } from '../../json/json-record.js';
import { STATUS_QUERIES } from './key-query.js';
import type { KeyStatus } from '../model/key-model.js';

/**
 * How each filter becomes clauses of a query for `_query/api_key`. It has one translation for every name that an input
 * accepts, so an input with a filter that no query knows does not compile. No string of a caller becomes a query.
 */
export type FilterTable<Filters> = {
  readonly [Name in keyof Filters]-?: (value: NonNullable<Filters[Name]>, all: Filters) => readonly JsonRecord[];
};

/** The clauses of those filters that are given, in the order of the table. */
export function filterClauses<Filters>(table: FilterTable<Filters>, filters: Filters): JsonRecord[] {
  const clausesOf = <Name extends keyof Filters>(name: Name): readonly JsonRecord[] => {
    const value = filters[name];
    return value === undefined || value === null ? [] : table[name](value, filters);
  };
  return (Object.keys(table) as Array<keyof Filters>).flatMap(clausesOf);
}

/** The filters that every list of keys has. Times are epoch milliseconds. */
export interface KeyFilters {
  name?: string;
  name_prefix?: string;
  username?: string;
  realm?: string;
  status?: KeyStatus;
  created_after?: number;
  created_before?: number;
  expires_after?: number;
  expires_before?: number;
}

/** Both ends of a time span are one clause, which `after` writes when it is given. */
export const KEY_FILTERS: FilterTable<KeyFilters> = {
  name: (name) => [{ term: { name } }],
  name_prefix: (prefix) => [{ prefix: { name: prefix } }],
  username: (username) => [{ term: { username } }],
  realm: (realm) => [{ term: { realm_name: realm } }],
  status: (status) => [STATUS_QUERIES[status]],
  created_after: (gt, { created_before: lt }) => [range('creation', { gt, lt })],
  created_before: (lt, { created_after: gt }) => (gt === undefined ? [range('creation', { lt })] : []),
  expires_after: (gt, { expires_before: lt }) => [range('expiration', { gt, lt })],
  expires_before: (lt, { expires_after: gt }) => (gt === undefined ? [range('expiration', { lt })] : []),
};

function range(field: string, { gt, lt }: { gt?: number | undefined; lt?: number | undefined }): JsonRecord {
  return { range: { [field]: { ...(gt !== undefined && { gt }), ...(lt !== undefined && { lt }) } } };
}

/** Those filters of an input that every list has. */
export function commonFilters(input: KeyFilters): KeyFilters {
  const names = Object.keys(KEY_FILTERS) as Array<keyof KeyFilters>;
  return Object.fromEntries(names.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])));
}
