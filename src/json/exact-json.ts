type ParseWithSource = (text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown) => unknown;

const LONG_DIGITS = /\d{16}/;

/**
 * Parses JSON without losing digits: integers beyond 2^53 become raw JSON numbers (`JSON.rawJSON`), which
 * `JSON.stringify` writes back as they came. Elasticsearch returns such numbers in key metadata and in sort values
 * (9223372036854775807 for "never expires").
 *
 * @throws SyntaxError when the text is not one JSON value.
 */
export function parseExactJson(text: string): unknown {
  return LONG_DIGITS.test(text) ? (JSON.parse as ParseWithSource)(text, keepDigits) : JSON.parse(text);
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
