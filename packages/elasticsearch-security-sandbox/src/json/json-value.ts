/** A JSON number with the digits it was sent with, so that integers beyond 2^53 survive a round trip. */
export class JsonNumber {
  constructor(readonly text: string) {}

  get isInteger(): boolean {
    return /^-?\d+$/.test(this.text);
  }

  toNumber(): number {
    return Number(this.text);
  }
}

/** A double that is written the way Java writes one (`0.0`, `1.5`, `1.795E12`). */
export class JavaDouble {
  constructor(readonly value: number) {}
}

/** A JSON value as it is read from a body or written to an answer. */
export type JsonValue = null | boolean | string | number | bigint | JsonNumber | JavaDouble | JsonValue[] | JsonObject;

/** A JSON object; members that are undefined are not written. */
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

/** An object without a prototype, so that keys such as `__proto__` are only keys. */
export function emptyObject(): JsonObject {
  return Object.create(null) as JsonObject;
}

/** True for objects, false for arrays, numbers and other values. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof JsonNumber) &&
    !(value instanceof JavaDouble)
  );
}

/** The text of a scalar as the flattened field indexes it; undefined for null and containers. */
export function scalarText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof JsonNumber) return value.text;
  if (value instanceof JavaDouble) return String(value.value);
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'bigint') return String(value);
  return undefined;
}

/** Equality of two JSON values, blind to the order of members. */
export function jsonEqual(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  return canonical(left) === canonical(right);
}

function canonical(value: JsonValue | undefined): string {
  if (value === undefined) return 'absent';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (isJsonObject(value)) {
    const members = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'string') return JSON.stringify(value);
  return value === null ? 'null' : (scalarText(value) ?? '');
}
