import { durationPattern } from '../duration.js';
import { MUST } from './schema-error.js';

/** A duration of an operator, of at most `digits` digits. */
export function duration(digits: number) {
  return {
    type: 'string',
    pattern: durationPattern(['s', 'm', 'h', 'd'], digits),
    [MUST]: 'be a whole number with a unit (s, m, h, d), such as 15m',
  } as const;
}

export const TEXT = { type: 'string', minLength: 1, [MUST]: 'be a string that is not empty' } as const;

/** What the metadata of a key may hold without being looked into. */
export const SCALAR = {
  type: ['string', 'number', 'boolean'],
  [MUST]: 'be one string, number, true or false',
} as const;
