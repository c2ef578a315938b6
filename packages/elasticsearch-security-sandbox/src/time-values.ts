import { illegalArgument, SandboxError } from './errors.js';

/** A duration as Elasticsearch reads one: whole seconds, and whether it is longer than nothing. */
export interface TimeValue {
  readonly seconds: bigint;
  readonly isPositive: boolean;
}

const LONG_MAX = 2n ** 63n - 1n;
const MAX_INSTANT_SECONDS = 31_556_889_864_403_199n;

// Minutes are matched before lower-casing: "M" would mean months.
const UNITS: readonly { suffix: string; caseSensitive: boolean; toSeconds: (value: bigint) => bigint }[] = [
  { suffix: 'nanos', caseSensitive: false, toSeconds: (value) => value / 1_000_000_000n },
  { suffix: 'micros', caseSensitive: false, toSeconds: (value) => value / 1_000_000n },
  { suffix: 'ms', caseSensitive: false, toSeconds: (value) => value / 1_000n },
  { suffix: 's', caseSensitive: false, toSeconds: (value) => value },
  { suffix: 'm', caseSensitive: true, toSeconds: (value) => value * 60n },
  { suffix: 'h', caseSensitive: false, toSeconds: (value) => value * 3_600n },
  { suffix: 'd', caseSensitive: false, toSeconds: (value) => value * 86_400n },
];

/** Reads the value of `expiration`. */
export function parseTimeValue(input: string): TimeValue {
  const normalized = input.toLowerCase().trim();
  const unit = UNITS.find(({ suffix, caseSensitive }) => (caseSensitive ? input : normalized).endsWith(suffix));
  if (unit) {
    const value = parseLong(input, normalized.slice(0, -unit.suffix.length).trim());
    return { seconds: saturate(unit.toSeconds(value)), isPositive: value > 0n };
  }
  if (/^(?:-0*1|0+)$/.test(normalized)) return { seconds: 0n, isPositive: false };
  throw notATimeValue(input, 'unit is missing or unrecognized');
}

/** The moment a key made now expires, in milliseconds; far values overflow as they do in Elasticsearch. */
export function expirationTime(now: number, value: TimeValue): bigint {
  const seconds = BigInt(Math.floor(now / 1000)) + value.seconds;
  if (seconds > LONG_MAX) throw new SandboxError('arithmetic_exception', 'long overflow', 500);
  if (seconds > MAX_INSTANT_SECONDS) {
    throw new SandboxError('date_time_exception', 'Instant exceeds minimum or maximum instant', 500);
  }
  const millis = BigInt(now) + value.seconds * 1000n;
  if (millis > LONG_MAX) throw new SandboxError('arithmetic_exception', 'long overflow', 500);
  return millis;
}

function parseLong(input: string, text: string): bigint {
  const digits = asciiDigits(text);
  const value = /^[+-]?\d+$/.test(digits) ? BigInt(digits.replace('+', '')) : undefined;
  if (value === undefined || value > LONG_MAX || value < -LONG_MAX - 1n) {
    const cause = new SandboxError('number_format_exception', `For input string: "${text}"`, 400);
    const isFraction = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[df]?$/.test(text);
    throw illegalArgument(
      `failed to parse [${input}]${isFraction ? ', fractional time values are not supported' : ''}`,
      cause,
    );
  }
  if (value < -1n) throw notATimeValue(input, 'negative durations are not supported');
  return value;
}

function notATimeValue(input: string, problem: string): SandboxError {
  return illegalArgument(`failed to parse setting [expiration] with value [${input}] as a time value: ${problem}`);
}

/** Java reads the digits of every script. Each run of ten starts at a code point that ends in 0 or 6. */
function asciiDigits(text: string): string {
  return text.replaceAll(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const nibble = code % 16;
    return String(/\p{Nd}/u.test(String.fromCodePoint(code - nibble)) ? nibble : nibble - 6);
  });
}

function saturate(value: bigint): bigint {
  return value > LONG_MAX ? LONG_MAX : value;
}
