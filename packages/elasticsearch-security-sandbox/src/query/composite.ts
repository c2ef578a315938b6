import type { ApiKey } from '../api-keys/api-key.js';
import { illegalArgument } from '../errors.js';
import { isJsonObject, scalarText, type JsonObject } from '../json/json-value.js';
import { keyField, type FieldValue, type KeyField } from './fields.js';

interface Source {
  readonly name: string;
  readonly field: KeyField;
  readonly isDescending: boolean;
  readonly keepsMissing: boolean;
}

interface Bucket {
  readonly values: readonly (FieldValue | null)[];
  readonly keys: ApiKey[];
}

const DEFAULT_SIZE = 10;

/** Prepares a `composite` aggregation. Sources are `terms`; the others have no use on keys here. */
export function runComposite(name: string, body: JsonObject, children: (keys: readonly ApiKey[]) => JsonObject) {
  const sources = readSources(name, body);
  const size = Number(scalarText(body['size']) ?? DEFAULT_SIZE);
  const after = isJsonObject(body['after']) ? body['after'] : undefined;
  return (keys: readonly ApiKey[]): JsonObject => {
    const buckets = [...bucketsOf(sources, keys)].sort((left, right) => compare(sources, left.values, right.values));
    const start = after ? sources.map((source) => afterValue(source, after)) : undefined;
    const page = buckets.filter((bucket) => !start || compare(sources, bucket.values, start) > 0).slice(0, size);
    const last = page.at(-1);
    return {
      after_key: last ? bucketKey(sources, last) : undefined,
      buckets: page.map((bucket) => ({
        key: bucketKey(sources, bucket),
        doc_count: bucket.keys.length,
        ...children(bucket.keys),
      })),
    };
  };
}

function readSources(aggregation: string, body: JsonObject): Source[] {
  const given = Array.isArray(body['sources']) ? body['sources'].filter((source) => isJsonObject(source)) : [];
  return given.flatMap((source) =>
    Object.entries(source).map(([name, definition]) => {
      const options = isJsonObject(definition) && isJsonObject(definition['terms']) ? definition['terms'] : {};
      if (options['script'] !== undefined) {
        throw illegalArgument(`Unsupported script value source for [${name}] of composite agg [${aggregation}]`);
      }
      return {
        name,
        field: keyField(scalarText(options['field']) ?? ''),
        isDescending: options['order'] === 'desc',
        keepsMissing: options['missing_bucket'] === true,
      };
    }),
  );
}

function bucketsOf(sources: readonly Source[], keys: readonly ApiKey[]): Iterable<Bucket> {
  const buckets = new Map<string, Bucket>();
  for (const key of keys) {
    for (const values of combinations(sources, key)) {
      const id = JSON.stringify(values.map(String));
      const bucket = buckets.get(id) ?? { values, keys: [] };
      bucket.keys.push(key);
      buckets.set(id, bucket);
    }
  }
  return buckets.values();
}

function combinations(sources: readonly Source[], key: ApiKey): (FieldValue | null)[][] {
  return sources.reduce<(FieldValue | null)[][]>(
    (rows, { field, keepsMissing }) => {
      const found: (FieldValue | null)[] = [...new Set(field.values(key))];
      const values = found.length === 0 && keepsMissing ? [null] : found;
      return rows.flatMap((row) => values.map((value) => [...row, value]));
    },
    [[]],
  );
}

function compare(
  sources: readonly Source[],
  left: readonly (FieldValue | null)[],
  right: readonly (FieldValue | null)[],
): number {
  for (const [index, source] of sources.entries()) {
    const a = left[index] ?? null;
    const b = right[index] ?? null;
    if (a === b) continue;
    const difference = a === null ? -1 : b === null ? 1 : a < b ? -1 : 1;
    return source.isDescending ? -difference : difference;
  }
  return 0;
}

function bucketKey(sources: readonly Source[], { values }: Bucket): JsonObject {
  const key: JsonObject = {};
  for (const [index, source] of sources.entries()) key[source.name] = values[index] ?? null;
  return key;
}

function afterValue({ name, field }: Source, after: JsonObject): FieldValue | null {
  const text = scalarText(after[name]);
  if (text === undefined) return null;
  if (field.kind === 'date') return /^-?\d+$/.test(text) ? BigInt(text) : null;
  return field.kind === 'boolean' ? text === 'true' : text;
}
