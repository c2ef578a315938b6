import type { ApiKey } from '../api-keys/api-key.js';
import { illegalArgument } from '../errors.js';
import { isJsonObject, JavaDouble, scalarText, type JsonObject, type JsonValue } from '../json/json-value.js';
import type { SandboxNode } from '../node.js';
import { runComposite } from './composite.js';
import { formatDate, parseDate } from './dates.js';
import { compileQuery, type KeyTest } from './evaluate-query.js';
import { keyField, type KeyField } from './fields.js';
import { PIPELINE_AGGREGATIONS, SUPPORTED_AGGREGATIONS, type Aggregation } from './parse-aggregations.js';
import { runTerms } from './terms.js';

/** Computes an aggregation, or a tree of them, over keys. */
export type AggregationRun = (keys: readonly ApiKey[]) => JsonObject;

/** Checks aggregations and prepares them to run; refuses types and fields keys cannot be asked with. */
export function compileAggregations(
  aggregations: readonly Aggregation[],
  node: SandboxNode,
  hasTypedKeys: boolean,
): AggregationRun {
  const runs = aggregations.map((aggregation) => {
    const run = compileOne(aggregation, node, hasTypedKeys);
    const prefix = hasTypedKeys ? `${typeName(aggregation)}#` : '';
    return { name: prefix + aggregation.name, run };
  });
  return (keys) => {
    const results: JsonObject = {};
    for (const { name, run } of runs) results[name] = run(keys);
    return results;
  };
}

function compileOne(aggregation: Aggregation, node: SandboxNode, hasTypedKeys: boolean): AggregationRun {
  const { name, type, body } = aggregation;
  if (PIPELINE_AGGREGATIONS.includes(type)) throw illegalArgument(`Unsupported aggregation of type [${type}]`);
  if (!SUPPORTED_AGGREGATIONS.includes(type))
    throw illegalArgument(`Unsupported API Keys agg [${name}] of type [${type}]`);
  if (body['script'] !== undefined) throw illegalArgument(`Unsupported script value source for [${name}] agg`);
  const tests = aggregation.filters.map((filter) => ({ name: filter.name, test: compileQuery(filter.query, node) }));
  const children = compileAggregations(aggregation.children, node, hasTypedKeys);
  const bucket: AggregationRun = (keys) => ({ doc_count: keys.length, ...children(keys) });
  if (type === 'composite') return runComposite(name, body, children);
  if (type === 'filter' || type === 'filters') return (keys) => runFilters(type, body, tests, bucket, keys);
  const field = keyField(scalarText(body['field']) ?? '');
  return compileFieldAggregation(type, field, body, { node, bucket, children });
}

function compileFieldAggregation(
  type: string,
  field: KeyField,
  body: JsonObject,
  context: { node: SandboxNode; bucket: AggregationRun; children: AggregationRun },
): AggregationRun {
  const values = (keys: readonly ApiKey[]) => keys.flatMap((key) => field.values(key));
  switch (type) {
    case 'terms':
      return runTerms(field, body, context.children);
    case 'missing':
      return (keys) => context.bucket(keys.filter((key) => field.values(key).length === 0));
    case 'cardinality':
      return (keys) => ({ value: new Set(values(keys).map(String)).size });
    case 'value_count':
      return (keys) => ({ value: values(keys).length });
    default:
      return compileRanges(field, body, context);
  }
}

function runFilters(
  type: string,
  body: JsonObject,
  tests: readonly { name: string | undefined; test: KeyTest }[],
  bucket: AggregationRun,
  keys: readonly ApiKey[],
): JsonObject {
  const named = tests.map(({ name, test }) => ({ name, result: bucket(keys.filter(test)) }));
  if (type === 'filter') return named[0]?.result ?? {};
  const otherKey = scalarText(body['other_bucket_key']);
  if (otherKey !== undefined || body['other_bucket'] === true) {
    const isNamed = named.some(({ name }) => name !== undefined);
    const rest = keys.filter((key) => !tests.some(({ test }) => test(key)));
    named.push({ name: isNamed ? (otherKey ?? '_other_') : undefined, result: bucket(rest) });
  }
  if (named.every(({ name }) => name === undefined)) return { buckets: named.map(({ result }) => result) };
  const buckets: JsonObject = {};
  for (const { name, result } of named) buckets[name ?? ''] = result;
  return { buckets };
}

function compileRanges(
  field: KeyField,
  body: JsonObject,
  { node, bucket }: { node: SandboxNode; bucket: AggregationRun },
): AggregationRun {
  const format = scalarText(body['format']) ?? 'epoch_millis';
  const given = Array.isArray(body['ranges']) ? body['ranges'].filter((range) => isJsonObject(range)) : [];
  const ranges = given.map((range) => {
    const from = bound(range['from'], node, format);
    const to = bound(range['to'], node, format);
    const label = (value: bigint | undefined): string => (value === undefined ? '*' : formatDate(value, format));
    return { from, to, key: scalarText(range['key']) ?? `${label(from)}-${label(to)}`, label };
  });
  return (keys) => {
    const buckets = ranges.map(({ from, to, key, label }) => {
      const inside = keys.filter((candidate) =>
        field
          .values(candidate)
          .some(
            (value) =>
              typeof value === 'bigint' && (from === undefined || value >= from) && (to === undefined || value < to),
          ),
      );
      const edges: JsonObject = {
        from: from === undefined ? undefined : new JavaDouble(Number(from)),
        from_as_string: from === undefined ? undefined : label(from),
        to: to === undefined ? undefined : new JavaDouble(Number(to)),
        to_as_string: to === undefined ? undefined : label(to),
      };
      return { key, result: { ...edges, ...bucket(inside) } };
    });
    if (body['keyed'] !== true) return { buckets: buckets.map(({ key, result }): JsonValue => ({ key, ...result })) };
    const keyed: JsonObject = {};
    for (const { key, result } of buckets) keyed[key] = result;
    return { buckets: keyed };
  };
}

function bound(value: JsonValue | undefined, node: SandboxNode, format: string): bigint | undefined {
  const text = scalarText(value);
  return text === undefined ? undefined : parseDate(text, node.now(), format);
}

function typeName({ type, body }: Aggregation): string {
  if (type !== 'terms') return type;
  return keyField(scalarText(body['field']) ?? '').kind === 'keyword' ? 'sterms' : 'lterms';
}
