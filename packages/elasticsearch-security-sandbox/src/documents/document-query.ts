import { illegalArgument } from '../errors.js';
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from '../json/json-value.js';
import type { StoredDocument } from './document-store.js';

/** The documents that a `bool` of `term` and `range` filters matches; other queries are refused. */
export function matching(documents: readonly StoredDocument[], query: JsonValue | undefined): StoredDocument[] {
  const filters = filtersOf(query);
  return documents.filter(({ source }) => filters.every((filter) => matches(filter, source)));
}

/** By the given fields, ascending, going on after the values of the document before. */
export function sorted(documents: readonly StoredDocument[], sort: JsonValue, after: JsonValue): StoredDocument[] {
  const fields = Array.isArray(sort) ? sort.filter(isJsonObject).flatMap(Object.keys) : [];
  const start = Array.isArray(after) ? after.map(plain) : undefined;
  return [...documents]
    .sort((one, other) => compare(sortValues(one, fields), sortValues(other, fields)))
    .filter((document) => start === undefined || compare(sortValues(document, fields), start) > 0);
}

/** What a hit answers as `sort`. */
export function sortValues({ source }: StoredDocument, fields: readonly string[]): (string | number)[] {
  return fields.map((field) => plain(source[field]));
}

function filtersOf(query: JsonValue | undefined): JsonValue[] {
  if (query === undefined || (isJsonObject(query) && 'match_all' in query)) return [];
  const filter = isJsonObject(query) && isJsonObject(query['bool']) ? query['bool']['filter'] : undefined;
  if (!Array.isArray(filter)) throw illegalArgument('the sandbox searches documents by bool.filter only');
  return filter;
}

function matches(filter: JsonValue, source: JsonObject): boolean {
  const { term, range } = isJsonObject(filter) ? filter : {};
  if (isJsonObject(term)) return Object.entries(term).every(([field, value]) => plain(source[field]) === plain(value));
  if (!isJsonObject(range)) throw illegalArgument('the sandbox searches documents by term and range only');
  return Object.entries(range).every(([field, bounds]) => {
    const value = Number(plain(source[field]));
    const { lt = Infinity, lte = Infinity, gt = -Infinity, gte = -Infinity } = isJsonObject(bounds) ? bounds : {};
    return value < toNumber(lt) && value <= toNumber(lte) && value > toNumber(gt) && value >= toNumber(gte);
  });
}

function compare(one: readonly (string | number)[], other: readonly (string | number)[]): number {
  const differing = one.findIndex((value, index) => value !== other[index]);
  if (differing < 0) return 0;
  return (one[differing] ?? '') < (other[differing] ?? '') ? -1 : 1;
}

function toNumber(value: JsonValue): number {
  return Number(plain(value));
}

function plain(value: JsonValue | undefined): string | number {
  if (value instanceof JsonNumber) return value.toNumber();
  return typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
