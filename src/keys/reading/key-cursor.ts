import { createHash } from 'node:crypto';
import { isRecord } from '../../json/json-record.js';
import { invalidField } from '../../errors/service-error.js';
import { isRawJson, parseExactJson } from '../../json/exact-json.js';

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
    throw invalidField(
      'query:cursor',
      'cursor.invalid',
      'must be a next_cursor of the same list, with the same filters and sort',
    );
  }
  const position = parsePosition(payload);
  if (position === undefined)
    throw invalidField('query:cursor', 'cursor.invalid', 'must be a next_cursor of this list');
  return position;
}

/** Sort values as Elasticsearch takes them back: numbers as text, since "never" (Long.MAX_VALUE) is beyond a double. */
export function toSortValues(values: readonly unknown[] = []): Array<string | null> {
  return values.map((value) => {
    if (value === null || value === undefined) return null;
    if (isRawJson(value)) return value.rawJSON;
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/**
 * Only texts and null get through: what stands here goes into a query, and anybody can make the check that goes with
 * it.
 */
function parsePosition(payload: string): KeyPosition | undefined {
  let value: unknown;
  try {
    value = parseExactJson(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { after, seen, ...others } = value;
  if (
    Object.keys(others).length > 0 ||
    !Array.isArray(after) ||
    after.length > MAX_SORT_VALUES ||
    !after.every(isSortValue)
  )
    return undefined;
  if (seen === undefined) return { after };
  return Array.isArray(seen) && seen.every((id) => typeof id === 'string') ? { after, seen } : undefined;
}

function isSortValue(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function checkOf(payload: string, question: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(question))
    .update('\n')
    .update(payload)
    .digest('base64url')
    .slice(0, CHECK_LENGTH);
}
