import type { ApiKey } from '../api-keys/api-key.js';
import { illegalArgument, SandboxError } from '../errors.js';
import { parsingException } from '../json/json-failure.js';
import type { JsonScanner } from '../json/json-scanner.js';
import { scalarText, type JsonValue } from '../json/json-value.js';
import { objectField, parseObject, stringField, type Field, type Fields } from '../json/object-parser.js';
import { formatDate, parseDate } from './dates.js';
import { keyField, type FieldValue, type KeyField } from './fields.js';

/** A sort as it was read. */
export interface SortRequest {
  readonly field: string;
  isDescending?: boolean;
  format?: string;
  missing?: JsonValue;
  isNested?: boolean;
  /** Which of several values counts: the largest, or the smallest; by default as the order asks. */
  takesMax?: boolean;
}

/** A sort over a field of keys, or over their order in the index. */
export interface Sort {
  readonly field: KeyField | undefined;
  readonly request: SortRequest;
}

/** What a key sorts by. `null` is a keyword that is not there and comes last. */
export type SortValue = string | bigint | null;

const LONG_MAX = 2n ** 63n - 1n;
const LONG_MIN = -(2n ** 63n);

const OPTIONS: Fields<SortRequest> = new Map<string, Field<SortRequest>>([
  ['order', stringField((target, value) => void (target.isDescending = isDescending(value)))],
  ['format', stringField((target, value) => void (target.format = value))],
  ['unmapped_type', stringField(() => undefined)],
  ['mode', stringField((target, value) => void (target.takesMax = value.toLowerCase() === 'max'))],
  ['numeric_type', stringField(() => undefined)],
  ['nested', objectField((target) => void (target.isNested = true))],
  [
    'missing',
    {
      tokens: ['VALUE_STRING', 'VALUE_NUMBER', 'VALUE_BOOLEAN', 'VALUE_NULL'],
      read: (scanner, target) => void (target.missing = scanner.readValue()),
    },
  ],
]);

/** Reads the member `sort`. */
export function parseSorts(scanner: JsonScanner): SortRequest[] {
  if (scanner.token === 'START_OBJECT') return [parseSortObject(scanner)];
  const sorts: SortRequest[] = [];
  for (const token of scanner.elements()) {
    if (token === 'VALUE_STRING') sorts.push({ field: scanner.text() });
    else if (token === 'START_OBJECT') sorts.push(parseSortObject(scanner));
    else throw illegalArgument('mal-formatted sort object');
  }
  return sorts;
}

/** Reads the member `search_after`. */
export function parseSearchAfter(scanner: JsonScanner): JsonValue[] {
  if (scanner.token !== 'START_ARRAY') {
    throw parsingException(
      scanner.location,
      `Expected [START_ARRAY] in [search_after] but found [${scanner.token}] inside search_after`,
    );
  }
  const values: JsonValue[] = [];
  for (const token of scanner.elements()) {
    if (token === 'START_OBJECT' || token === 'START_ARRAY') {
      throw parsingException(
        scanner.location,
        `Expected [VALUE_STRING] or [VALUE_NUMBER] or [VALUE_BOOLEAN] or [VALUE_NULL] but found [${token}] ` +
          'inside search_after.',
      );
    }
    values.push(scanner.readValue());
  }
  if (values.length === 0) throw illegalArgument('Values must contains at least one value.');
  return values;
}

/** Checks that keys may be sorted this way. */
export function compileSorts(requests: readonly SortRequest[]): Sort[] {
  return requests.map((request) => {
    if (request.isNested) throw illegalArgument('nested sorting is not currently supported in this context');
    return { request, field: request.field === '_doc' ? undefined : keyField(request.field) };
  });
}

/** What a key sorts by. */
export function sortValues(sorts: readonly Sort[], key: ApiKey, position: number): SortValue[] {
  return sorts.map((sort) => {
    if (!sort.field) return BigInt(position);
    const values = sort.field.values(key).map(toSortValue);
    if (values.length === 0) return missingValue(sort);
    return values.reduce((best, value) =>
      compare(value, best) > 0 === (sort.request.takesMax ?? sort.request.isDescending ?? false) ? value : best,
    );
  });
}

/** Sort values as an answer shows them. */
export function sortValuesToJson(sorts: readonly Sort[], values: readonly SortValue[]): JsonValue[] {
  return values.map((value, index) => {
    const sort = sorts[index];
    const format = sort?.request.format;
    if (format === undefined || sort?.field?.kind !== 'date' || typeof value !== 'bigint') return value;
    return value === LONG_MAX || value === LONG_MIN ? null : formatDate(value, format);
  });
}

/** Orders keys by their sort values. */
export function compareSortValues(
  sorts: readonly Sort[],
  left: readonly SortValue[],
  right: readonly SortValue[],
): number {
  for (const [index, sort] of sorts.entries()) {
    const a = left[index] ?? null;
    const b = right[index] ?? null;
    if (a === b) continue;
    if (a === null || b === null) return (a === null ? 1 : -1) * (sort.request.missing === '_first' ? -1 : 1);
    return compare(a, b) * (sort.request.isDescending ? -1 : 1);
  }
  return 0;
}

/** The sort values `search_after` stands for. */
export function searchAfterValues(sorts: readonly Sort[], values: readonly JsonValue[], now: number): SortValue[] {
  if (sorts.length === 0) throw illegalArgument('Sort must contain at least one field.');
  if (sorts.length !== values.length) {
    throw illegalArgument(`search_after has ${values.length} value(s) but sort has ${sorts.length}.`);
  }
  return sorts.map((sort, index) => searchAfterValue(sort, values[index] ?? null, index, now));
}

function searchAfterValue({ field, request }: Sort, value: JsonValue, position: number, now: number): SortValue {
  const isNumeric = field === undefined || field.kind !== 'keyword';
  const text = scalarText(value);
  if (text === undefined) {
    if (!isNumeric) return null;
    throw illegalArgument(
      `[search_after] value at position ${position} cannot be null for sort field ` +
        `[${field?.indexName ?? '_doc'}] of type [LONG].`,
    );
  }
  if (field?.kind === 'date') return parseDate(text, now, request.format);
  if (!isNumeric) return text;
  if (text === 'true' || text === 'false') return BigInt(text === 'true');
  if (/^-?\d+$/.test(text)) return BigInt(text);
  throw new SandboxError('number_format_exception', `For input string: "${text}"`, 400);
}

function parseSortObject(scanner: JsonScanner): SortRequest {
  scanner.next();
  const sort: SortRequest = { field: scanner.name ?? '' };
  scanner.next();
  parseObject(scanner, 'field_sort', OPTIONS, sort);
  scanner.next();
  return sort;
}

function isDescending(order: string): boolean {
  const name = order.toUpperCase();
  if (name === 'ASC' || name === 'DESC') return name === 'DESC';
  throw illegalArgument(`No enum constant org.elasticsearch.search.sort.SortOrder.${name}`);
}

function toSortValue(value: FieldValue): string | bigint {
  return typeof value === 'boolean' ? BigInt(value) : value;
}

function missingValue({ field, request }: Sort): SortValue {
  const { missing } = request;
  if (field?.kind === 'keyword') return typeof missing === 'string' && !missing.startsWith('_') ? missing : null;
  const number = scalarText(missing);
  if (number !== undefined && /^-?\d+$/.test(number)) return BigInt(number);
  const isLow = (missing === '_first') !== (request.isDescending ?? false);
  return isLow ? LONG_MIN : LONG_MAX;
}

function compare(left: string | bigint, right: string | bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
