import { createHash } from 'node:crypto';
import { isRecord } from '../elasticsearch/answer-shape.js';
import { invalidField } from '../errors/service-error.js';
import { isRawJson, parseExactJson } from '../json/exact-json.js';

/** Where a page of a list ended. */
export interface KeyPosition {
  /** Sort values of the last key that was answered, as strings or null. */
  after: Array<string | null>;
  /** Keys already answered that have the same sort values, when there are more of them to come. */
  seen?: string[];
}

const CHECK_LENGTH = 16;
const MAX_SORT_VALUES = 8;

/**
 * Writes a position as an opaque text that goes with one question only.
 *
 * The check finds damage and a cursor used with other filters. It is no secret and need not be: a position only says
 * where the caller's own query goes on, and Elasticsearch decides what the caller sees.
 */
export function encodeCursor(position: KeyPosition, question: unknown): string {
  const payload = Buffer.from(JSON.stringify(position)).toString('base64url');
  return `${payload}.${checkOf(payload, question)}`;
}

/** @throws ServiceError `request.invalid` at `query:cursor`. */
export function decodeCursor(cursor: string, question: unknown): KeyPosition {
  const [payload = '', check, ...rest] = cursor.split('.');
  if (rest.length > 0 || check !== checkOf(payload, question)) {
    throw invalidField('query:cursor', 'cursor.invalid', 'must be a next_cursor of the same list, with the same filters and sort');
  }
  return asPosition(parseExactJson(Buffer.from(payload, 'base64url').toString('utf8')));
}

/** Sort values as Elasticsearch takes them back: numbers as text, since "never" (Long.MAX_VALUE) is beyond a double. */
export function toSortValues(values: readonly unknown[] = []): Array<string | null> {
  return values.map((value) => {
    if (value === null || value === undefined) return null;
    if (isRawJson(value)) return value.rawJSON;
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

function asPosition(value: unknown): KeyPosition {
  const { after, seen } = isRecord(value) ? value : {};
  if (!Array.isArray(after) || after.length > MAX_SORT_VALUES) throw invalidField('query:cursor', 'cursor.invalid', 'must be a next_cursor of this list');
  return { after: after as Array<string | null>, ...(Array.isArray(seen) && { seen: seen as string[] }) };
}

function checkOf(payload: string, question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question)).update('\n').update(payload).digest('base64url').slice(0, CHECK_LENGTH);
}
