import type { ApiKey } from '../api-keys/api-key.js';
import { isJsonObject, scalarText, type JsonObject, type JsonValue } from '../json/json-value.js';
import { matchesPattern } from '../privileges/patterns.js';
import type { FieldValue, KeyField } from './fields.js';

interface Group {
  readonly value: FieldValue;
  readonly keys: ApiKey[];
}

const DEFAULT_SIZE = 10;

/** Prepares a `terms` aggregation. */
export function runTerms(field: KeyField, body: JsonObject, children: (keys: readonly ApiKey[]) => JsonObject) {
  const size = Number(scalarText(body['size']) ?? DEFAULT_SIZE);
  const missing = scalarText(body['missing']);
  const minimum = Number(scalarText(body['min_doc_count']) ?? 1);
  const isIncluded = membership(body['include'], true);
  const isExcluded = membership(body['exclude'], false);
  return (keys: readonly ApiKey[]): JsonObject => {
    const groups = [...groupByValue(field, keys, missing)]
      .filter((group) => group.keys.length >= minimum)
      .filter(({ value }) => isIncluded(String(value)) && !isExcluded(String(value)))
      .sort(comparator(body['order']));
    const shown = groups.slice(0, size);
    const rest = groups.slice(size).reduce((sum, group) => sum + group.keys.length, 0);
    return {
      doc_count_error_upper_bound: 0,
      sum_other_doc_count: rest,
      buckets: shown.map((group) => ({
        ...bucketKey(group.value),
        doc_count: group.keys.length,
        ...children(group.keys),
      })),
    };
  };
}

function groupByValue(field: KeyField, keys: readonly ApiKey[], missing: string | undefined): Iterable<Group> {
  const groups = new Map<string, Group>();
  for (const key of keys) {
    const found = field.values(key);
    const values: FieldValue[] = found.length === 0 && missing !== undefined ? [missing] : found;
    for (const value of new Set(values)) {
      const group = groups.get(String(value)) ?? { value, keys: [] };
      group.keys.push(key);
      groups.set(String(value), group);
    }
  }
  return groups.values();
}

function bucketKey(value: FieldValue): JsonObject {
  if (typeof value === 'string') return { key: value };
  return { key: typeof value === 'boolean' ? Number(value) : value, key_as_string: String(value) };
}

function comparator(order: JsonValue | undefined): (left: Group, right: Group) => number {
  const given = (Array.isArray(order) ? order : [order]).filter((item): item is JsonObject => isJsonObject(item));
  const steps = [
    ...given.flatMap((item) => Object.entries(item)),
    ...(given.length === 0 ? [['_count', 'desc'] as const] : []),
    ['_key', 'asc'] as const,
  ];
  return (left, right) => {
    for (const [by, direction] of steps) {
      const difference =
        by === '_count' ? left.keys.length - right.keys.length : compareValues(left.value, right.value);
      if (difference !== 0) return direction === 'desc' ? -difference : difference;
    }
    return 0;
  };
}

function compareValues(left: FieldValue, right: FieldValue): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function membership(rule: JsonValue | undefined, whenAbsent: boolean): (value: string) => boolean {
  if (Array.isArray(rule)) return (value) => rule.includes(value);
  const pattern = scalarText(rule);
  if (pattern === undefined) return () => whenAbsent;
  return (value) => matchesPattern(`/${pattern}/`, value);
}
