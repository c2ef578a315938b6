import { Digits, type Value } from './fixture.js';

const TIMES: ReadonlySet<string> = new Set([
  'creation',
  'expiration',
  'invalidation',
  'issue_date',
  'issue_date_in_millis',
  'expiry_date',
  'expiry_date_in_millis',
  'from',
  'from_as_string',
]);
const NAMES_OF_THE_NODE: ReadonlySet<string> = new Set(['uid', 'node', 'index_uuid', 'cluster_name', 'issued_to']);
const SECRETS: ReadonlySet<string> = new Set(['api_key', 'encoded', 'access_token', 'refresh_token', 'value']);
const UNORDERED: ReadonlySet<string> = new Set([
  'api_keys',
  'invalidated_api_keys',
  'updated',
  'noops',
  'remote_indices',
]);
const CUT_TEXT = / ?…\[\d+ characters cut\]… ?/;
const CUT_LIST = /^…\[(\d+) more keys cut\]$/;

/** The first difference between a recorded and an actual answer; undefined when they are the same. */
export function difference(expected: Value, actual: Value, isSorted: boolean): string | undefined {
  return compare(normalise(expected, ''), normalise(actual, ''), '', isSorted);
}

/** Replaces by a mark what two clusters never share: ids, times, secrets, names of nodes. */
function normalise(value: Value, key: string): Value {
  if (Array.isArray(value)) return value.map((item) => normalise(item, key));
  if (value instanceof Digits || value === null || typeof value === 'boolean')
    return TIMES.has(key) && value instanceof Digits ? '<time>' : value;
  if (typeof value === 'number')
    return TIMES.has(key) || (key === '_sort' && value > 1e12) ? '<time>' : key === '_sort' ? '<number>' : value;
  if (typeof value === 'string') return normaliseText(value, key);
  if (key === 'nodes') return Object.values(value).map((node) => normalise(node, ''));
  const isNewKey = 'encoded' in value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isNewKey && name === 'id' ? '<new id>' : normalise(member, name),
    ]),
  );
}

function normaliseText(text: string, key: string): string {
  if (NAMES_OF_THE_NODE.has(key)) return `<${key}>`;
  if (SECRETS.has(key)) return '<secret>';
  if (TIMES.has(key)) return '<time>';
  return text
    .replace(/document with id '[^']*'/, "document with id '<id>'")
    .replace(/^\[\d+:\d+\](?= failed to parse field \[metadata_flattened\])/, '[<place>]')
    .replace(/\b1[78]\d{11}\b/g, '<time>')
    .replace(/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, '<time>');
}

function compare(expected: Value, actual: Value, path: string, isSorted: boolean): string | undefined {
  if (Array.isArray(expected) && Array.isArray(actual)) return compareLists(expected, actual, path, isSorted);
  if (isObject(expected) && isObject(actual)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    for (const name of names) {
      const here = `${path}.${name}`;
      if (!(name in expected)) return `${here} is there: ${JSON.stringify(actual[name])}`;
      if (!(name in actual)) return `${here} is missing: ${JSON.stringify(expected[name])}`;
      const found = compare(expected[name] ?? null, actual[name] ?? null, here, isSorted);
      if (found) return found;
    }
    return undefined;
  }
  if (typeof expected === 'string' && typeof actual === 'string' && sameText(expected, actual)) return undefined;
  if (JSON.stringify(expected) === JSON.stringify(actual)) return undefined;
  return `${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`;
}

function compareLists(expected: Value[], actual: Value[], path: string, isSorted: boolean): string | undefined {
  const name = path.slice(path.lastIndexOf('.') + 1);
  const last = expected.at(-1);
  const cut = typeof last === 'string' ? CUT_LIST.exec(last) : null;
  const shown = cut ? expected.slice(0, -1) : expected;
  const total = shown.length + Number(cut?.[1] ?? 0);
  if (total !== actual.length) return `${path} has ${actual.length} items, not ${total}`;
  if (UNORDERED.has(name) && !isSorted) {
    const left = actual.map((item) => item);
    for (const item of shown) {
      const index = left.findIndex((candidate) => compare(item, candidate, path, isSorted) === undefined);
      if (index < 0) return `${path} lacks ${JSON.stringify(item)} in ${JSON.stringify(left)}`;
      left.splice(index, 1);
    }
    return undefined;
  }
  for (const [index, item] of shown.entries()) {
    const found = compare(item, actual[index] ?? null, `${path}[${index}]`, isSorted);
    if (found) return found;
  }
  return undefined;
}

function sameText(expected: string, actual: string): boolean {
  const [start = '', end] = expected.split(CUT_TEXT);
  return end !== undefined && actual.startsWith(start) && actual.endsWith(end);
}

function isObject(value: Value): value is { [key: string]: Value } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Digits);
}
