type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => unknown;

const LONG_DIGITS = 16;

/**
 * Whether the text holds `LONG_DIGITS` digits in a row. Such a run covers one of every `LONG_DIGITS` positions, so only
 * those are looked at; a regular expression starts anew at each digit of each timestamp.
 */
function hasLongDigits(text: string): boolean {
  for (let at = LONG_DIGITS - 1; at < text.length; at += LONG_DIGITS) {
    if (!isDigit(text, at)) continue;
    let start = at;
    while (isDigit(text, start - 1)) start -= 1;
    let end = at + 1;
    while (end - start < LONG_DIGITS && isDigit(text, end)) end += 1;
    if (end - start >= LONG_DIGITS) return true;
  }
  return false;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

/**
 * Parses JSON without losing digits: integers beyond 2^53 become raw JSON numbers (`JSON.rawJSON`), which
 * `JSON.stringify` writes back as they came. Elasticsearch returns such numbers in key metadata and in sort values
 * (9223372036854775807 for "never expires").
 *
 * @throws SyntaxError when the text is not one JSON value.
 */
export function parseExactJson(text: string): unknown {
  return hasLongDigits(text) ? (JSON.parse as ParseWithSource)(text, keepDigits) : JSON.parse(text);
}

/** True for a number that `parseExactJson` kept as its digits. */
export function isRawJson(value: unknown): value is { rawJSON: string } {
  return JSON.isRawJSON(value);
}

function keepDigits(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || context.source === undefined) return value;
  const integer = /^-?\d+$/.test(context.source);
  return integer && !Number.isSafeInteger(value) ? JSON.rawJSON(context.source) : value;
}
