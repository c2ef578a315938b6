import { isJsonObject, type JsonObject, type JsonValue } from './json/json-value.js';

/** Keeps of an answer what `filter_path` names; patterns that start with `-` leave out. */
export function filterPath(body: JsonValue, filter: string): JsonValue {
  const patterns = filter.split(',').filter((pattern) => pattern !== '');
  const includes = patterns.filter((pattern) => !pattern.startsWith('-')).map((pattern) => pattern.split('.'));
  const excludes = patterns.filter((pattern) => pattern.startsWith('-')).map((pattern) => pattern.slice(1).split('.'));
  const included = includes.length === 0 ? body : (include(body, includes) ?? {});
  return excludes.length === 0 ? included : (exclude(included, excludes) ?? {});
}

function include(value: JsonValue, patterns: readonly string[][]): JsonValue | undefined {
  if (patterns.some((pattern) => pattern.length === 0 || (pattern.length === 1 && pattern[0] === '**'))) return value;
  return descend(value, (key) => advance(patterns, key), include, false);
}

function exclude(value: JsonValue, patterns: readonly string[][]): JsonValue | undefined {
  if (patterns.some((pattern) => pattern.length === 0)) return undefined;
  if (!isJsonObject(value) && !Array.isArray(value)) return value;
  return descend(value, (key) => advance(patterns, key), exclude, true);
}

function descend(
  value: JsonValue,
  next: (key: string) => string[][],
  visit: (value: JsonValue, patterns: readonly string[][]) => JsonValue | undefined,
  keepsEmpty: boolean,
): JsonValue | undefined {
  if (Array.isArray(value)) {
    const items = value.map((item) => descend(item, next, visit, keepsEmpty)).filter((item) => item !== undefined);
    return items.length > 0 || keepsEmpty ? items : undefined;
  }
  if (!isJsonObject(value)) return keepsEmpty ? value : undefined;
  const kept: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    const result = member === undefined ? undefined : visit(member, next(key));
    if (result !== undefined) kept[key] = result;
  }
  return Object.keys(kept).length > 0 || keepsEmpty ? kept : undefined;
}

function advance(patterns: readonly string[][], key: string): string[][] {
  return patterns.flatMap((pattern) => {
    const [head = '', ...rest] = pattern;
    if (head === '**') return [pattern, ...advance([rest], key)];
    const expression = new RegExp(
      `^${head
        .split('*')
        .map((text) => RegExp.escape(text))
        .join('.*')}$`,
      's',
    );
    return expression.test(key) ? [rest] : [];
  });
}
