import { isJsonObject, JavaDouble, JsonNumber, type JsonObject, type JsonValue } from './json-value.js';

/** Writes compact JSON. */
export function writeJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (isJsonObject(value)) {
    return `{${members(value)
      .map(([key, member]) => `${JSON.stringify(key)}:${writeJson(member)}`)
      .join(',')}}`;
  }
  return writeScalar(value);
}

/** Writes JSON as Elasticsearch does for `?pretty`. */
export function writePrettyJson(value: JsonValue, indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[ ]';
    return `[\n${value.map((item) => inner + writePrettyJson(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (isJsonObject(value)) {
    const lines = members(value).map(
      ([key, member]) => `${inner}${JSON.stringify(key)} : ${writePrettyJson(member, inner)}`,
    );
    return lines.length === 0 ? '{ }' : `{\n${lines.join(',\n')}\n${indent}}`;
  }
  return writeScalar(value);
}

/** Writes a YAML document with quoted strings, as Elasticsearch does. */
export function writeYaml(value: JsonValue): string {
  return `---\n${isContainer(value) ? yamlBlock(value, '') : `${writeScalar(value)}\n`}`;
}

function yamlBlock(value: JsonValue, indent: string): string {
  if (Array.isArray(value)) {
    return value.map((item) => `${indent}-${yamlMember(item, indent, true)}`).join('');
  }
  if (isJsonObject(value)) {
    return members(value)
      .map(([key, member]) => `${indent}${key}:${yamlMember(member, indent, false)}`)
      .join('');
  }
  return `${indent}${writeScalar(value)}\n`;
}

function yamlMember(value: JsonValue, indent: string, inList: boolean): string {
  if (!isContainer(value)) return ` ${writeScalar(value)}\n`;
  if (Array.isArray(value) ? value.length === 0 : members(value).length === 0)
    return Array.isArray(value) ? ' []\n' : ' {}\n';
  const inner = Array.isArray(value) && !inList ? indent : `${indent}  `;
  const block = yamlBlock(value, inner);
  return inList ? ` ${block.slice(inner.length)}` : `\n${block}`;
}

function isContainer(value: JsonValue): value is JsonValue[] | JsonObject {
  return Array.isArray(value) || isJsonObject(value);
}

function members(value: JsonObject): [string, JsonValue][] {
  return Object.entries(value).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined);
}

function writeScalar(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.isInteger ? value.text : javaDouble(value.toNumber(), value.text);
  if (value instanceof JavaDouble) return javaDouble(value.value, String(value.value));
  if (typeof value === 'bigint') return value.toString();
  return JSON.stringify(value);
}

function javaDouble(value: number, text: string): string {
  if (!Number.isFinite(value)) return text;
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-3 && size < 1e7)) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}
