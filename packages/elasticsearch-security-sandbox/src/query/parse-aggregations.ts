import { SandboxError } from '../errors.js';
import { parsingException } from '../json/json-failure.js';
import type { JsonScanner } from '../json/json-scanner.js';
import { emptyObject, isJsonObject, type JsonObject } from '../json/json-value.js';
import { didYouMean } from '../suggestions.js';
import { parseQuery, type Query } from './parse-query.js';

/** An aggregation as it was read. */
export interface Aggregation {
  readonly name: string;
  readonly type: string;
  readonly body: JsonObject;
  /** The queries of `filter` and `filters`, with their names when they have some. */
  readonly filters: readonly { readonly name: string | undefined; readonly query: Query }[];
  readonly children: readonly Aggregation[];
}

/** Types keys can be aggregated with. */
export const SUPPORTED_AGGREGATIONS: readonly string[] = [
  'cardinality',
  'composite',
  'date_range',
  'filter',
  'filters',
  'missing',
  'range',
  'terms',
  'value_count',
];

/** Types that work on the results of others. */
export const PIPELINE_AGGREGATIONS: readonly string[] = [
  'avg_bucket',
  'bucket_script',
  'bucket_selector',
  'bucket_sort',
  'cumulative_sum',
  'derivative',
  'extended_stats_bucket',
  'max_bucket',
  'min_bucket',
  'moving_fn',
  'percentiles_bucket',
  'serial_diff',
  'stats_bucket',
  'sum_bucket',
];

const OTHERS = [
  'adjacency_matrix',
  'auto_date_histogram',
  'avg',
  'date_histogram',
  'diversified_sampler',
  'extended_stats',
  'geo_bounds',
  'geo_centroid',
  'geo_distance',
  'geohash_grid',
  'geotile_grid',
  'global',
  'histogram',
  'ip_prefix',
  'ip_range',
  'max',
  'median_absolute_deviation',
  'min',
  'nested',
  'percentile_ranks',
  'percentiles',
  'random_sampler',
  'rare_terms',
  'reverse_nested',
  'sampler',
  'scripted_metric',
  'significant_terms',
  'significant_text',
  'stats',
  'sum',
  'top_hits',
  'variable_width_histogram',
  'weighted_avg',
];
const KNOWN = [...SUPPORTED_AGGREGATIONS, ...PIPELINE_AGGREGATIONS, ...OTHERS];

/** Reads the member `aggs`. */
export function parseAggregations(scanner: JsonScanner): Aggregation[] {
  const aggregations: Aggregation[] = [];
  while (scanner.next() !== 'END_OBJECT') {
    const name = scanner.name ?? '';
    if (/[[\]>]/.test(name)) {
      const rule = "Aggregation names can contain any character except '[', ']', and '>'";
      throw parsingException(scanner.location, `Invalid aggregation name [${name}]. ${rule}`);
    }
    if (scanner.next() !== 'START_OBJECT') {
      throw parsingException(
        scanner.location,
        `Aggregation definition for [${name} starts with a [${scanner.token}], expected a [START_OBJECT].`,
      );
    }
    aggregations.push(parseAggregation(scanner, name));
  }
  return aggregations;
}

function parseAggregation(scanner: JsonScanner, name: string): Aggregation {
  let definition: Pick<Aggregation, 'type' | 'body' | 'filters'> | undefined;
  let children: Aggregation[] = [];
  while (scanner.next() !== 'END_OBJECT') {
    const key = scanner.name ?? '';
    if (scanner.next() !== 'START_OBJECT') {
      throw parsingException(
        scanner.location,
        `Expected [START_OBJECT] under [${key}], but got a [${scanner.token}] in [${name}]`,
      );
    }
    if (key === 'aggs' || key === 'aggregations') children = parseAggregations(scanner);
    else if (key === 'meta') scanner.readValue();
    else if (definition) {
      throw parsingException(
        scanner.location,
        `Found two aggregation type definitions in [${name}]: [${definition.type}] and [${key}]`,
      );
    } else definition = parseDefinition(scanner, key);
  }
  if (!definition) throw parsingException(scanner.location, `Missing definition for aggregation [${name}]`);
  return { name, ...definition, children };
}

function parseDefinition(scanner: JsonScanner, type: string): Pick<Aggregation, 'type' | 'body' | 'filters'> {
  if (!KNOWN.includes(type)) {
    const { line, column } = scanner.location;
    const cause = new SandboxError(
      'named_object_not_found_exception',
      `[${line}:${column}] unknown field [${type}]`,
      400,
    );
    throw parsingException(scanner.location, `Unknown aggregation type [${type}]${didYouMean(type, KNOWN)}`, cause);
  }
  if (type === 'filter') return { type, body: {}, filters: [{ name: undefined, query: parseQuery(scanner) }] };
  if (type === 'filters') return parseFilters(scanner);
  const body = scanner.readValue();
  return { type, body: isJsonObject(body) ? body : {}, filters: [] };
}

function parseFilters(scanner: JsonScanner): Pick<Aggregation, 'type' | 'body' | 'filters'> {
  const body: JsonObject = emptyObject();
  const filters: { name: string | undefined; query: Query }[] = [];
  while (scanner.next() !== 'END_OBJECT') {
    const key = scanner.name ?? '';
    const token = scanner.next();
    if (key !== 'filters') {
      body[key] = scanner.readValue();
    } else if (token === 'START_OBJECT') {
      while (scanner.next() !== 'END_OBJECT') {
        const name = scanner.name ?? '';
        scanner.next();
        filters.push({ name, query: parseQuery(scanner) });
      }
    } else {
      while (scanner.next() !== 'END_ARRAY') filters.push({ name: undefined, query: parseQuery(scanner) });
    }
  }
  return { type: 'filters', body, filters };
}
