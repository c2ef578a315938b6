import { illegalArgument, parseException, SandboxError } from '../errors.js';

const UNIT_MILLIS: ReadonlyMap<string, number> = new Map([
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['H', 3_600_000],
  ['d', 86_400_000],
  ['w', 604_800_000],
]);
const STEP = /([+-])(\d+)([yMwdhHms])|\/([yMwdhHms])/y;
const LONG_MAX = 2n ** 63n - 1n;

/** Reads a date as the security index does: milliseconds, or `now` with date math; with a format also ISO 8601. */
export function parseDate(text: string, now: number, format = 'epoch_millis'): bigint {
  if (text.startsWith('now')) return BigInt(dateMath(text, 'now'.length, new Date(now), format));
  if (/^-?\d+$/.test(text)) {
    const value = BigInt(text);
    if (value <= LONG_MAX && value >= -LONG_MAX - 1n) return value;
    throw unparsable(text, format);
  }
  // A float comes in when a client rounded the largest long.
  if (/^-?\d+(?:\.\d+)?[eE]\+?\d+$/.test(text)) {
    const value = BigInt(Number(text));
    return value > LONG_MAX ? LONG_MAX : value;
  }
  if (format === 'epoch_millis') throw unparsable(text, format);
  const [date = '', math] = text.split('||');
  const millis = Date.parse(date);
  if (Number.isNaN(millis)) throw unparsable(text, format);
  return BigInt(math === undefined ? millis : dateMath(math, 0, new Date(millis), format));
}

/** Writes a date in a format: milliseconds or ISO 8601. */
export function formatDate(millis: bigint, format: string): string {
  return format.startsWith('epoch_millis') ? millis.toString() : new Date(Number(millis)).toISOString();
}

function dateMath(text: string, start: number, from: Date, format: string): number {
  let date = from;
  let index = start;
  while (index < text.length) {
    STEP.lastIndex = index;
    const match = STEP.exec(text);
    if (!match) throw unparsable(text, format);
    const [whole, sign, amount = '0', unit = '', rounding] = match;
    date =
      rounding === undefined ? add(date, (sign === '-' ? -1 : 1) * Number(amount), unit) : roundDown(date, rounding);
    index += whole.length;
  }
  return date.getTime();
}

function add(date: Date, amount: number, unit: string): Date {
  const next = new Date(date);
  if (unit === 'y') next.setUTCFullYear(next.getUTCFullYear() + amount);
  else if (unit === 'M') next.setUTCMonth(next.getUTCMonth() + amount);
  else next.setTime(next.getTime() + amount * (UNIT_MILLIS.get(unit) ?? 0));
  return next;
}

function roundDown(date: Date, unit: string): Date {
  if (unit === 'y') return new Date(Date.UTC(date.getUTCFullYear(), 0));
  if (unit === 'M') return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth()));
  const size = UNIT_MILLIS.get(unit) ?? 1;
  // Weeks start on Monday, and the epoch was a Thursday.
  const shift = unit === 'w' ? 3 * 86_400_000 : 0;
  return new Date(Math.floor((date.getTime() + shift) / size) * size - shift);
}

function unparsable(text: string, format: string): SandboxError {
  const reason = `failed to parse date field [${text}] with format [${format}]`;
  const innermost = new SandboxError('date_time_parse_exception', 'Failed to parse with all enclosed parsers', 400);
  return parseException(`${reason}: [${reason}]`, illegalArgument(reason, innermost));
}
