import type { ApiKey } from '../api-keys/api-key.js';
import { illegalArgument, SandboxError } from '../errors.js';
import { isJsonObject, scalarText, type JsonObject, type JsonValue } from '../json/json-value.js';
import type { SandboxNode } from '../node.js';
import { parseDate } from './dates.js';
import { expandFields, keyField, type FieldValue, type KeyField } from './fields.js';
import { isBoolQuery, isSupportedQuery, type Query } from './parse-query.js';

/** Whether a key matches. */
export type KeyTest = (key: ApiKey) => boolean;

/** Turns a query into a test; refuses types and fields keys cannot be asked with. */
export function compileQuery(query: Query | undefined, node: SandboxNode): KeyTest {
  if (!query) return () => true;
  if (!isSupportedQuery(query.type)) {
    throw illegalArgument(`Query type [${query.type}] is not currently supported in this context`);
  }
  if (isBoolQuery(query)) return compileBool(query, node);
  return compileLeaf(query.type, query.body, node);
}

function compileBool(query: Extract<Query, { clauses: unknown }>, node: SandboxNode): KeyTest {
  const compile = (queries: readonly Query[]): KeyTest[] => queries.map((clause) => compileQuery(clause, node));
  const required = compile([...query.clauses.must, ...query.clauses.filter]);
  const optional = compile(query.clauses.should);
  const excluded = compile(query.clauses.must_not);
  const minimum = minimumMatches(query.minimumShouldMatch, optional.length, required.length > 0);
  return (key) =>
    required.every((test) => test(key)) &&
    !excluded.some((test) => test(key)) &&
    optional.filter((test) => test(key)).length >= minimum;
}

// With nothing but optional clauses one of them must match, whatever the request says.
function minimumMatches(given: string | undefined, optional: number, hasRequired: boolean): number {
  const least = !hasRequired && optional > 0 ? 1 : 0;
  if (given === undefined) return least;
  const isPercentage = given.endsWith('%');
  const value = isPercentage ? Math.trunc((Number(given.slice(0, -1)) * optional) / 100) : Number(given);
  return Math.max(least, value < 0 ? optional + value : value);
}

function compileLeaf(type: string, body: JsonObject, node: SandboxNode): KeyTest {
  switch (type) {
    case 'match_all':
      return () => true;
    case 'ids': {
      const ids = strings(body['values']);
      return (key) => ids.includes(key.id);
    }
    case 'exists': {
      const field = keyField(scalarText(body['field']) ?? '');
      return (key) => field.values(key).length > 0;
    }
    case 'simple_query_string':
      return compileSimpleQuery(body, node);
    case 'terms':
      return compileTerms(body, node);
    case 'range':
      return compileRange(body, node);
    default:
      return compileText(type, body, node);
  }
}

function compileText(type: string, body: JsonObject, node: SandboxNode): KeyTest {
  const { field, options } = fieldAndOptions(body, type === 'match' ? 'query' : 'value');
  refuseKind(type, field, node);
  const text = scalarText(options['value']) ?? scalarText(options['wildcard']) ?? '';
  const ignoresCase = options['case_insensitive'] === true;
  const fold = (value: FieldValue): string => (ignoresCase ? String(value).toLowerCase() : String(value));
  const wanted = fold(type === 'prefix' || type === 'wildcard' ? text : comparable(field, text, node));
  const expression = type === 'wildcard' ? wildcard(wanted) : undefined;
  return (key) =>
    field.values(key).some((value) => {
      if (expression) return expression.test(fold(value));
      return type === 'prefix' ? fold(value).startsWith(wanted) : fold(value) === wanted;
    });
}

function compileTerms(body: JsonObject, node: SandboxNode): KeyTest {
  const [name = ''] = Object.keys(body).filter((key) => key !== 'boost' && key !== '_name');
  const values = body[name];
  if (isJsonObject(values))
    throw illegalArgument('terms query with terms lookup is not currently supported in this context');
  const field = keyField(name);
  const wanted = strings(values).map((text) => String(comparable(field, text, node)));
  return (key) => field.values(key).some((value) => wanted.includes(String(value)));
}

function compileRange(body: JsonObject, node: SandboxNode): KeyTest {
  const { field, options } = fieldAndOptions(body, 'value');
  if (options['relation'] !== undefined)
    throw illegalArgument('range query with relation is not currently supported in this context');
  const format = scalarText(options['format']) ?? 'epoch_millis';
  const bound = (name: string): FieldValue | undefined => {
    const text = scalarText(options[name]);
    if (text === undefined) return undefined;
    return field.kind === 'date' ? parseDate(text, node.now(), format) : text;
  };
  const gte = bound('gte');
  const lte = bound('lte');
  const gt = bound('gt');
  // A range without bounds finds no date.
  if (field.kind === 'date' && ['gte', 'gt', 'lte', 'lt'].every((name) => scalarText(options[name]) === undefined))
    return () => false;
  const lt = bound('lt');
  return (key) =>
    field.values(key).some((value) => {
      const comparison = typeof value === 'boolean' ? String(value) : value;
      return (
        (gte === undefined || comparison >= gte) &&
        (lte === undefined || comparison <= lte) &&
        (gt === undefined || comparison > gt) &&
        (lt === undefined || comparison < lt)
      );
    });
}

function compileSimpleQuery(body: JsonObject, node: SandboxNode): KeyTest {
  const text = scalarText(body['query']) ?? '';
  const given = strings(body['fields']);
  const fields = expandFields(given.length > 0 ? given : ['*']);
  const needsAll = (scalarText(body['default_operator']) ?? 'or').toLowerCase() === 'and';
  const tests = wordGroups(text, needsAll).map((group) => group.map((word) => wordTest(word, fields, node)));
  return (key) => tests.some((group) => group.length > 0 && group.every((test) => test(key)));
}

/** The alternatives of a simple query, each a list of words that must all match. Parentheses are not understood. */
function wordGroups(text: string, needsAll: boolean): string[][] {
  return text.split('|').flatMap((part) => {
    const words: string[] = [...(part.match(/-?"[^"]*"?|\+|[^\s+"]+/g) ?? [])];
    const isJoined = needsAll || words.includes('+');
    const plain = words.filter((word) => word !== '+');
    return isJoined ? [plain] : plain.map((word) => [word]);
  });
}

// Lenient as in Elasticsearch: a word that is no date or boolean does not match such a field.
function wordTest(word: string, fields: readonly KeyField[], node: SandboxNode): KeyTest {
  const isNegated = word.startsWith('-');
  const plain = word.replace(/^[-"]+|"$/g, '');
  const expression = plain.endsWith('*') ? wildcard(plain) : undefined;
  const test: KeyTest = (key) =>
    fields.some((field) =>
      field.values(key).some((value) => {
        if (field.kind !== 'keyword') return !expression && String(value) === plain;
        return expression ? expression.test(String(value)) : value === String(comparable(field, plain, node));
      }),
    );
  return isNegated ? (key) => !test(key) : test;
}

function fieldAndOptions(body: JsonObject, valueName: string): { field: KeyField; options: JsonObject } {
  const [name = ''] = Object.keys(body);
  const field = keyField(name);
  const given = body[name];
  if (!isJsonObject(given)) return { field, options: { value: given } };
  return { field, options: { ...given, value: given['value'] ?? given[valueName] ?? given['term'] } };
}

function refuseKind(type: string, field: KeyField, node: SandboxNode): void {
  if (type !== 'prefix' && type !== 'wildcard') return;
  const metadata = { index_uuid: node.securityIndexUuid, index: '.security-7' };
  if (field.kind !== 'keyword') {
    const reason =
      `Can only use ${type} queries on keyword, text and wildcard fields - not on [${field.indexName}] which is ` +
      `of type [${field.kind}]`;
    throw new SandboxError('query_shard_exception', reason, 400, { metadata });
  }
  if (type === 'prefix' || !field.name.startsWith('metadata.')) return;
  const reason = '[wildcard] queries are not currently supported on keyed [flattened] fields.';
  throw new SandboxError('query_shard_exception', `failed to create query: ${reason}`, 400, {
    metadata,
    cause: new SandboxError('unsupported_operation_exception', reason, 400),
  });
}

function comparable(field: KeyField, text: string, node: SandboxNode): FieldValue {
  if (field.kind === 'date') return parseDate(text, node.now());
  if (field.kind !== 'boolean') return text;
  if (text === 'true' || text === 'false') return text === 'true';
  const reason = `Can't parse boolean value [${text}], expected [true] or [false]`;
  throw new SandboxError('query_shard_exception', `failed to create query: ${reason}`, 400, {
    metadata: { index_uuid: node.securityIndexUuid, index: '.security-7' },
    cause: illegalArgument(reason),
  });
}

function wildcard(pattern: string): RegExp {
  const expression = pattern.replaceAll(/\\.|[^]/gsu, (part) => {
    if (part === '*') return '.*';
    return part === '?' ? '.' : RegExp.escape(part.length > 1 && part.startsWith('\\') ? part.slice(1) : part);
  });
  return new RegExp(`^${expression}$`, 's');
}

function strings(value: JsonValue | undefined): string[] {
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.map(scalarText).filter((text) => text !== undefined);
}
