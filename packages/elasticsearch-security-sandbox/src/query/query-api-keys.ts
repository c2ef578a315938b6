import { apiKeyToJson, type ApiKey } from '../api-keys/api-key.js';
import { refuseInvalid } from '../api-keys/update.js';
import { authorize, isGranted, securityAction } from '../authorization.js';
import { illegalArgument, SandboxError, searchPhaseFailure, validationFailed } from '../errors.js';
import { malformedJson } from '../json/json-failure.js';
import { JsonScanner } from '../json/json-scanner.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import { building, parseBody, type Field, type Fields } from '../json/object-parser.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { compileQuery } from './evaluate-query.js';
import { parseAggregations, type Aggregation } from './parse-aggregations.js';
import { parseQuery, type Query } from './parse-query.js';
import { compileAggregations } from './run-aggregations.js';
import {
  compareSortValues,
  compileSorts,
  parseSearchAfter,
  parseSorts,
  searchAfterValues,
  sortValues,
  sortValuesToJson,
  type SortRequest,
} from './sort.js';

interface QueryBody {
  query?: Query;
  aggs?: Aggregation[];
  aggregations?: Aggregation[];
  from?: number;
  size?: number;
  sort?: SortRequest[];
  searchAfter?: JsonValue[];
}

const PARSER = 'query_api_key_request_payload';
const DEFAULT_SIZE = 10;
const MAX_WINDOW = 10_000;
const INT_MAX = 2_147_483_647;

const FIELDS: Fields<QueryBody> = new Map<string, Field<QueryBody>>([
  ['query', { tokens: ['START_OBJECT'], read: (scanner, target) => void (target.query = parseQuery(scanner)) }],
  ['aggs', { tokens: ['START_OBJECT'], read: (scanner, target) => void (target.aggs = parseAggregations(scanner)) }],
  [
    'aggregations',
    { tokens: ['START_OBJECT'], read: (scanner, target) => void (target.aggregations = parseAggregations(scanner)) },
  ],
  [
    'from',
    { tokens: ['VALUE_NUMBER', 'VALUE_STRING'], read: (scanner, target) => void (target.from = readInt(scanner)) },
  ],
  [
    'size',
    { tokens: ['VALUE_NUMBER', 'VALUE_STRING'], read: (scanner, target) => void (target.size = readInt(scanner)) },
  ],
  [
    'sort',
    { tokens: ['START_OBJECT', 'START_ARRAY'], read: (scanner, target) => void (target.sort = parseSorts(scanner)) },
  ],
  [
    'search_after',
    {
      tokens: ['START_ARRAY', 'VALUE_STRING', 'VALUE_NUMBER', 'VALUE_NULL', 'VALUE_BOOLEAN', 'START_OBJECT'],
      read: (scanner, target) => void (target.searchAfter = parseSearchAfter(scanner)),
    },
  ],
]);

/** `GET|POST /_security/_query/api_key`. */
export function queryApiKeys(request: SandboxRequest): Answer {
  const { parameters } = request;
  const withLimitedBy = parameters.flag('with_limited_by');
  parameters.flag('with_profile_uid');
  const hasTypedKeys = parameters.flag('typed_keys');
  const scanner = readSource(request);
  const body = scanner ? parseBody(scanner, PARSER, FIELDS, {}) : {};
  building(PARSER, () => {
    if (body.aggs && body.aggregations) throw illegalArgument("Duplicate 'aggs' or 'aggregations' field");
  });
  request.refuseUnconsumed();
  refuseInvalid(pagingErrors(body));
  const keys = visibleKeys(request, withLimitedBy);
  return ok(run(request, body, keys, { withLimitedBy, hasTypedKeys }));
}

// Who only may see its own keys gets those, silently: a user the keys of its realm, a key itself.
function visibleKeys({ node, subject }: SandboxRequest, withLimitedBy: boolean): ApiKey[] {
  const action = securityAction('api_key/query');
  const { apiKey } = subject;
  authorize(node, subject, { action, isOwn: !(apiKey && withLimitedBy) });
  const all = node.keys.all();
  if (isGranted(node, subject, { action })) return all;
  if (apiKey) return all.filter((key) => key.id === apiKey.id);
  return all.filter((key) => key.owner.username === subject.username && key.owner.realm.name === subject.realm.name);
}

function run(
  { node }: SandboxRequest,
  body: QueryBody,
  keys: readonly ApiKey[],
  options: { withLimitedBy: boolean; hasTypedKeys: boolean },
): JsonObject {
  const aggregations = body.aggs ?? body.aggregations;
  const { test, sorts, aggregate } = onShard(node.id, () => ({
    test: compileQuery(body.query, node),
    sorts: compileSorts(body.sort ?? []),
    aggregate: aggregations ? compileAggregations(aggregations, node, options.hasTypedKeys) : undefined,
  }));
  const from = body.from ?? 0;
  const size = body.size ?? DEFAULT_SIZE;
  checkWindow(node.id, from + size);
  const after = body.searchAfter
    ? onShard(node.id, () => searchAfterValues(sorts, body.searchAfter ?? [], node.now()), true)
    : undefined;
  const rows = keys.filter(test).map((key, position) => ({ key, values: sortValues(sorts, key, position) }));
  rows.sort((left, right) => compareSortValues(sorts, left.values, right.values));
  const page = rows.filter((row) => !after || compareSortValues(sorts, row.values, after) > 0).slice(from, from + size);
  const aggregated =
    aggregate && rows.length > 0 && aggregations?.length ? aggregate(rows.map((row) => row.key)) : undefined;
  return {
    total: rows.length,
    count: page.length,
    api_keys: page.map(({ key, values }) => ({
      ...apiKeyToJson(key, options.withLimitedBy),
      _sort: sorts.length > 0 ? sortValuesToJson(sorts, values) : undefined,
    })),
    aggregations: aggregated,
  };
}

function pagingErrors({ from, size, searchAfter }: QueryBody): string[] {
  return [
    ...(from !== undefined && from < 0 ? [`[from] parameter cannot be negative but was [${from}]`] : []),
    ...(size !== undefined && size < 0 ? [`[size] parameter cannot be negative but was [${size}]`] : []),
    ...(searchAfter && from !== undefined && from > 0
      ? ['[from] parameter must be set to 0 when [search_after] is used']
      : []),
  ];
}

function checkWindow(nodeId: string, window: number): void {
  if (window <= MAX_WINDOW) return;
  const reason =
    `Result window is too large, from + size must be less than or equal to: [${MAX_WINDOW}] but was ` +
    `[${window}]. See the scroll api for a more efficient way to request large data sets. This limit can be ` +
    'set by changing the [index.max_result_window] index level setting.';
  throw searchPhaseFailure(illegalArgument(reason), nodeId);
}

/**
 * What only the search finds out is reported as the failure of its shard; refused fields and types are found before.
 */
function onShard<R>(nodeId: string, action: () => R, isAllOnShard = false): R {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    if (isAllOnShard || error.type === 'parse_exception' || error.type === 'query_shard_exception')
      throw searchPhaseFailure(error, nodeId);
    throw error;
  }
}

function readSource(request: SandboxRequest): JsonScanner | undefined {
  const body = request.optionalBody();
  const source = request.parameters.get('source');
  const type = request.parameters.get('source_content_type');
  if (body || (source === undefined && type === undefined)) return body;
  if (source === undefined || type === undefined) {
    throw validationFailed(['source and source_content_type parameters are required'], 'validation_exception');
  }
  return new JsonScanner(Buffer.from(source));
}

function readInt(scanner: JsonScanner): number {
  const text = scanner.text();
  const value = Math.trunc(Number(text));
  if (text.trim() === '' || Number.isNaN(value)) {
    throw new SandboxError(
      'number_format_exception',
      text === '' ? 'empty String' : `For input string: "${text}"`,
      400,
    );
  }
  if (value <= INT_MAX && value >= -INT_MAX - 1) return value;
  const problem = `Numeric value (${text}) out of range of int (-2147483648 - 2147483647)`;
  throw malformedJson(scanner.bytes, scanner.end, problem, 'input_coercion_exception');
}
