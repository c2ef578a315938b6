import { illegalArgument, SandboxError } from '../errors.js';
import { parsingException } from '../json/json-failure.js';
import type { JsonScanner, Token } from '../json/json-scanner.js';
import { emptyObject, isJsonObject, scalarText, type JsonObject, type JsonValue } from '../json/json-value.js';
import { parseObject, type Field, type Fields } from '../json/object-parser.js';

/** How a query about one field is written. */
interface FieldQuery {
  /** Options of `{"field": {…}}`. */
  readonly options: readonly string[];
  /** Options beside the field. */
  readonly outer: readonly string[];
  /** The option that holds the value; without one the bare form `{"field": value}` is refused. */
  readonly value: string | undefined;
  /** What is said when there is no field. */
  readonly missing: 'name' | 'text';
}

const COMMON = ['boost', '_name'];
const FIELD_QUERIES: ReadonlyMap<string, FieldQuery> = new Map([
  ['term', { options: ['value', 'term', 'case_insensitive', ...COMMON], outer: [], value: 'value', missing: 'name' }],
  [
    'prefix',
    { options: ['value', 'rewrite', 'case_insensitive', ...COMMON], outer: [], value: 'value', missing: 'name' },
  ],
  [
    'wildcard',
    {
      options: ['value', 'wildcard', 'rewrite', 'case_insensitive', ...COMMON],
      outer: [],
      value: 'value',
      missing: 'name',
    },
  ],
  [
    'match',
    {
      options: [
        'query',
        'operator',
        'analyzer',
        'minimum_should_match',
        'fuzziness',
        'prefix_length',
        'max_expansions',
        'fuzzy_transpositions',
        'fuzzy_rewrite',
        'lenient',
        'zero_terms_query',
        'auto_generate_synonyms_phrase_query',
        ...COMMON,
      ],
      outer: [],
      value: 'query',
      missing: 'text',
    },
  ],
  [
    'range',
    {
      options: ['gte', 'gt', 'lte', 'lt', 'format', 'time_zone', 'relation', ...COMMON],
      outer: COMMON,
      value: undefined,
      missing: 'name',
    },
  ],
]);
const SCALARS: readonly Token[] = ['VALUE_STRING', 'VALUE_NUMBER', 'VALUE_BOOLEAN', 'VALUE_NULL'];

/** Reads the body of a query that holds no others, at its start. */
export function parseLeafBody(scanner: JsonScanner, type: string): JsonObject {
  const rule = FIELD_QUERIES.get(type);
  if (rule) return parseFieldQuery(scanner, type, rule);
  if (type === 'terms') return parseTerms(scanner);
  if (type === 'exists') return parseExists(scanner);
  if (type === 'match_all') return parseStrict(scanner, type, []);
  if (type === 'ids') return parseStrict(scanner, type, ['values']);
  const value = scanner.readValue();
  const body = isJsonObject(value) ? value : emptyObject();
  if (type === 'simple_query_string' && body['query'] === undefined) {
    throw parsingException(scanner.location, '[simple_query_string] query text missing');
  }
  return body;
}

function parseFieldQuery(scanner: JsonScanner, type: string, rule: FieldQuery): JsonObject {
  const body = emptyObject();
  let field: string | undefined;
  while (scanner.next() !== 'END_OBJECT') {
    const name = scanner.name ?? '';
    const token = scanner.next();
    if (rule.outer.includes(name) && token !== 'START_OBJECT') {
      scanner.readValue();
      continue;
    }
    if (field !== undefined) {
      throw parsingException(
        scanner.location,
        `[${type}] query doesn't support multiple fields, found [${field}] and [${name}]`,
      );
    }
    if (token === 'START_ARRAY') throw arrayRefused(scanner, type);
    if (token !== 'START_OBJECT' && rule.value === undefined) throw unsupported(scanner, type, name);
    if (token !== 'VALUE_NULL') field = name;
    body[name] = token === 'START_OBJECT' ? parseOptions(scanner, type, rule) : scanner.readValue();
  }
  if (field === undefined || field === '') {
    if (rule.missing === 'name') throw illegalArgument('field name is null or empty');
    throw parsingException(scanner.location, 'No text specified for text query');
  }
  if (
    rule.value !== undefined &&
    rule.missing === 'name' &&
    scalarText(valueOf(body[field], rule.value)) === undefined
  ) {
    throw illegalArgument('value cannot be null');
  }
  return body;
}

function parseOptions(scanner: JsonScanner, type: string, rule: FieldQuery): JsonObject {
  const options = emptyObject();
  while (scanner.next() !== 'END_OBJECT') {
    const name = scanner.name ?? '';
    const token = scanner.next();
    if (!rule.options.includes(name)) throw unsupported(scanner, type, name);
    if (rule.missing === 'text' && name === 'query' && token === 'VALUE_NULL') {
      throw parsingException(scanner.location, `[${type}] unknown token [${token}] after [${name}]`);
    }
    options[name] = scanner.readValue();
  }
  return options;
}

function valueOf(given: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(given) ? (given[name] ?? given['wildcard'] ?? given['term']) : given;
}

function parseTerms(scanner: JsonScanner): JsonObject {
  const body = emptyObject();
  let field: string | undefined;
  while (scanner.next() !== 'END_OBJECT') {
    const name = scanner.name ?? '';
    const token = scanner.next();
    if (token === 'START_ARRAY' || token === 'START_OBJECT') {
      if (field !== undefined)
        throw parsingException(scanner.location, '[terms] query does not support multiple fields');
      field = name;
      body[name] = token === 'START_ARRAY' ? readTerms(scanner) : readLookup(scanner);
    } else if (token === 'VALUE_NULL') {
      throw parsingException(scanner.location, `[terms] unknown token [${token}] after [${name}]`);
    } else if (COMMON.includes(name)) {
      body[name] = scanner.readValue();
    } else {
      throw unsupported(scanner, 'terms', name);
    }
  }
  if (field !== undefined) return body;
  throw parsingException(
    scanner.location,
    '[terms] query requires a field name, followed by array of terms or a document lookup specification',
  );
}

function readTerms(scanner: JsonScanner): JsonValue[] {
  const terms: JsonValue[] = [];
  for (const token of scanner.elements()) {
    if (token === 'VALUE_NULL') throw parsingException(scanner.location, 'No value specified for terms query');
    terms.push(scanner.readValue());
  }
  return terms;
}

function readLookup(scanner: JsonScanner): JsonValue {
  const lookup = scanner.readValue();
  const missing = ['id', 'path'].filter((name) => !isJsonObject(lookup) || lookup[name] === undefined);
  if (missing.length > 0) throw illegalArgument(`Required [${missing.join(', ')}]`);
  return lookup;
}

function parseExists(scanner: JsonScanner): JsonObject {
  const body = emptyObject();
  while (scanner.next() !== 'END_OBJECT') {
    const name = scanner.name ?? '';
    scanner.next();
    if (name !== 'field' && !COMMON.includes(name)) throw unsupported(scanner, 'exists', name);
    body[name] = scanner.readValue();
  }
  const field = scalarText(body['field']);
  if (field === undefined) throw parsingException(scanner.location, '[exists] must be provided with a [field]');
  if (field === '') throw illegalArgument('field name is null or empty');
  return body;
}

/** These are read by the strict parser of objects, whose failures come wrapped. */
function parseStrict(scanner: JsonScanner, type: string, lists: readonly string[]): JsonObject {
  const fields: Fields<JsonObject> = new Map<string, Field<JsonObject>>([
    ...COMMON.map((name): [string, Field<JsonObject>] => [name, anyOf(name, SCALARS)]),
    ...lists.map((name): [string, Field<JsonObject>] => [name, anyOf(name, ['START_ARRAY', 'VALUE_STRING'])]),
  ]);
  try {
    return parseObject(scanner, type, fields, emptyObject());
  } catch (error) {
    if (!(error instanceof SandboxError) || error.type !== 'x_content_parse_exception') throw error;
    throw parsingException(scanner.location, error.reason, error);
  }
}

function anyOf(name: string, tokens: readonly Token[]): Field<JsonObject> {
  return { tokens, read: (scanner, target) => void (target[name] = scanner.readValue()) };
}

function arrayRefused(scanner: JsonScanner, type: string): SandboxError {
  if (type === 'term') return parsingException(scanner.location, '[term] query does not support array of values');
  if (type === 'range') return unsupported(scanner, type, scanner.name ?? '');
  const { line, column } = scanner.location;
  return illegalArgument(`Expected text at ${line}:${column} but found START_ARRAY`);
}

function unsupported(scanner: JsonScanner, type: string, name: string): SandboxError {
  return parsingException(scanner.location, `[${type}] query does not support [${name}]`);
}
