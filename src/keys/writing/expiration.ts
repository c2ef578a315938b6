import { isISO8601 } from 'class-validator';
import { toMilliseconds, UNIT_MS } from '../../config/duration.js';
import type { Settings } from '../../config/settings.js';
import { ServiceError, invalidField } from '../../errors/service-error.js';

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
/**
 * Elasticsearch counts from when the request reaches it, so a little later than this counts. Clocks that differ are not
 * made up for.
 */
const TRAVEL_MARGIN_MS = 250;
/** 100 years. Elasticsearch itself fails with a 500 on values that overflow its clock. */
const MAX_LIFETIME_S = 3_155_760_000;

export interface ExpirationPolicy {
  /** Longest life allowed, as an Elasticsearch time value. */
  maxLifetime?: string;
  required?: boolean;
  /** Field that the text stands in; `/expiration` when absent. */
  pointer?: string;
}

/** What an operator has set for the keys that are made here. */
export function expirationPolicy({ maxKeyLifetime, requireKeyExpiration }: Settings): ExpirationPolicy {
  return { maxLifetime: maxKeyLifetime, required: requireKeyExpiration };
}

/**
 * The life that a caller asks for, as the time value to send to Elasticsearch. Whole seconds, rounded down, as
 * Elasticsearch does itself; an instant also by a margin for the way there, so that a key does not outlive it.
 *
 * @param text an Elasticsearch time value (`30d`) or an RFC 3339 instant.
 * @throws ServiceError `request.invalid` at `/expiration`.
 */
export function toTimeValue(text: string | undefined, now: number, policy: ExpirationPolicy = {}): string | undefined {
  const { pointer } = policy;
  if (text === undefined) {
    if (policy.required)
      throw refuse(pointer, 'expiration.required', 'this service requires an expiration, such as "30d"');
    return undefined;
  }
  const seconds = INSTANT.test(text) ? secondsUntil(text, now, pointer) : secondsOf(text, pointer);
  if (seconds < 1) throw refuse(pointer, 'expiration.past', 'must lie at least one second in the future');
  if (seconds > MAX_LIFETIME_S)
    throw refuse(pointer, 'expiration.too-far', 'may lie at most 100 years (36525d) in the future');
  if (seconds > longestLifeS(policy))
    throw refuse(pointer, 'expiration.too-far', `this service allows at most ${policy.maxLifetime}`);
  return `${seconds}s`;
}

/** The longest life that a policy allows, in seconds. */
export function longestLifeS({ maxLifetime }: ExpirationPolicy): number {
  return maxLifetime === undefined ? MAX_LIFETIME_S : secondsOf(maxLifetime);
}

function secondsUntil(instant: string, now: number, pointer?: string): number {
  const at = Date.parse(instant);
  if (Number.isNaN(at) || !isISO8601(instant, { strict: true })) throw malformed(pointer);
  return Math.floor((at - now - TRAVEL_MARGIN_MS) / 1000);
}

function secondsOf(text: string, pointer?: string): number {
  const ms = toMilliseconds(text);
  if (ms === undefined) throw malformed(pointer);
  return Math.floor(ms / UNIT_MS.s);
}

function malformed(pointer?: string): ServiceError {
  return refuse(
    pointer,
    'expiration.malformed',
    'must be a whole number with a unit (s, m, h, d), such as "30d", or an RFC 3339 instant, such as ' +
      '"2027-01-31T00:00:00Z"',
  );
}

function refuse(pointer = '/expiration', code: string, detail: string): ServiceError {
  return invalidField(pointer, code, detail);
}
