import { illegalArgument, SandboxError } from '../errors.js';
import { parsingException, xContentParseException } from '../json/json-failure.js';
import type { JsonScanner } from '../json/json-scanner.js';
import { scalarText, type JsonObject } from '../json/json-value.js';
import { withinField } from '../json/object-parser.js';
import { didYouMean } from '../suggestions.js';
import { parseLeafBody } from './parse-leaf.js';

/** A query as it was read, not yet checked for what keys may be asked. */
export type Query =
  | { readonly type: 'bool'; readonly clauses: BoolClauses; readonly minimumShouldMatch: string | undefined }
  | { readonly type: string; readonly body: JsonObject };

/** The clauses of a `bool` query. */
export interface BoolClauses {
  readonly must: Query[];
  readonly filter: Query[];
  readonly should: Query[];
  readonly must_not: Query[];
}

const SUPPORTED = [
  'bool',
  'exists',
  'ids',
  'match',
  'match_all',
  'prefix',
  'range',
  'simple_query_string',
  'term',
  'terms',
  'wildcard',
];
const KNOWN = [
  ...SUPPORTED,
  'boosting',
  'combined_fields',
  'constant_score',
  'dis_max',
  'distance_feature',
  'function_score',
  'fuzzy',
  'geo_bounding_box',
  'geo_distance',
  'geo_shape',
  'has_child',
  'has_parent',
  'intervals',
  'knn',
  'match_bool_prefix',
  'match_none',
  'match_phrase',
  'match_phrase_prefix',
  'more_like_this',
  'multi_match',
  'nested',
  'parent_id',
  'percolate',
  'pinned',
  'query_string',
  'rank_feature',
  'regexp',
  'script',
  'script_score',
  'semantic',
  'span_near',
  'span_or',
  'span_term',
  'sparse_vector',
  'terms_set',
  'weighted_tokens',
  'wrapper',
];
const CLAUSES: ReadonlyMap<string, keyof BoolClauses> = new Map([
  ['must', 'must'],
  ['filter', 'filter'],
  ['should', 'should'],
  ['must_not', 'must_not'],
  ['mustNot', 'must_not'],
]);
const BOOL_OPTIONS = ['minimum_should_match', 'boost', '_name'];

/** Reads the query at the current token. */
export function parseQuery(scanner: JsonScanner): Query {
  if (scanner.token !== 'START_OBJECT') {
    throw parsingException(scanner.location, `[_na] query malformed, must start with start_object`);
  }
  if (scanner.next() === 'END_OBJECT') {
    const { line, column } = scanner.location;
    throw illegalArgument(`query malformed, empty clause found at [${line}:${column}]`);
  }
  const type = scanner.name ?? '';
  if (scanner.next() !== 'START_OBJECT') {
    throw parsingException(scanner.location, `[${type}] query malformed, no start_object after query name`);
  }
  if (!KNOWN.includes(type)) throw unknownQuery(scanner, type);
  const query = type === 'bool' ? parseBool(scanner) : { type, body: parseLeafBody(scanner, type) };
  if (scanner.next() !== 'END_OBJECT') {
    throw parsingException(
      scanner.location,
      `[${type}] malformed query, expected [END_OBJECT] but found [${scanner.token}]`,
    );
  }
  return query;
}

/** Whether keys may be asked with this type of query. */
export function isSupportedQuery(type: string): boolean {
  return SUPPORTED.includes(type);
}

/** True for a `bool` query. */
export function isBoolQuery(query: Query): query is Extract<Query, { clauses: BoolClauses }> {
  return 'clauses' in query;
}

function parseBool(scanner: JsonScanner): Query {
  const clauses: BoolClauses = { must: [], filter: [], should: [], must_not: [] };
  let minimumShouldMatch: string | undefined;
  while (scanner.next() !== 'END_OBJECT') {
    const name = scanner.name ?? '';
    const { location } = scanner;
    const clause = CLAUSES.get(name);
    const token = scanner.next();
    if (clause) {
      if (token !== 'START_OBJECT' && token !== 'START_ARRAY') {
        throw xContentParseException(scanner.location, `[bool] ${name} doesn't support values of type: ${token}`);
      }
      clauses[clause].push(...withinField(scanner, 'bool', name, () => parseQueries(scanner)));
    } else if (BOOL_OPTIONS.includes(name)) {
      const text = scalarText(scanner.readValue());
      if (name === 'minimum_should_match') minimumShouldMatch = text;
    } else {
      throw xContentParseException(
        location,
        `[bool] unknown field [${name}]${didYouMean(name, [...CLAUSES.keys(), ...BOOL_OPTIONS])}`,
      );
    }
  }
  return { type: 'bool', clauses, minimumShouldMatch };
}

function parseQueries(scanner: JsonScanner): Query[] {
  if (scanner.token !== 'START_ARRAY') return [parseQuery(scanner)];
  const queries: Query[] = [];
  while (scanner.next() !== 'END_ARRAY') queries.push(parseQuery(scanner));
  return queries;
}

function unknownQuery(scanner: JsonScanner, type: string): SandboxError {
  const { line, column } = scanner.location;
  const cause = new SandboxError(
    'named_object_not_found_exception',
    `[${line}:${column}] unknown field [${type}]`,
    400,
  );
  return parsingException(scanner.location, `unknown query [${type}]${didYouMean(type, KNOWN)}`, cause);
}
