import { isRawJson } from './exact-json.js';

/** How large and how deep a request body may be. Beyond about 5,000 levels `JSON.stringify` itself fails. */
export const JSON_LIMITS = {
  depth: 32,
  stringLength: 8192,
  strings: 1000,
  arrayItems: 100,
  objectEntries: 200,
  values: 5000,
} as const;

export type JsonLimits = Readonly<Record<keyof typeof JSON_LIMITS, number>>;

/**
 * For what an Envoy says of itself, of which little is read: some 500 extensions, and metadata as long as the
 * annotations of a pod are. Its bytes bound the rest.
 */
export const LARGE_JSON_LIMITS: JsonLimits = {
  depth: 32,
  values: 50_000,
  stringLength: Infinity,
  strings: Infinity,
  arrayItems: Infinity,
  objectEntries: Infinity,
};

export interface JsonLimitViolation {
  pointer: string;
  detail: string;
}

interface Visit {
  value: unknown;
  depth: number;
  name: string;
  parent: Visit | undefined;
}

/** The first limit that a parsed JSON value breaks, or undefined. Iterative, so that depth cannot exhaust the stack. */
export function findJsonLimitViolation(
  root: unknown,
  limits: JsonLimits = JSON_LIMITS,
): JsonLimitViolation | undefined {
  const pending: Visit[] = [{ value: root, depth: 0, name: '', parent: undefined }];
  let values = 0;
  let strings = 0;
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const { value, depth } = visit;
    values += 1;
    if (values > limits.values) return { pointer: '', detail: `at most ${limits.values} values are allowed` };
    if (typeof value === 'string') {
      strings += 1;
      if (value.length > limits.stringLength)
        return { pointer: pointerTo(visit), detail: `a string may have at most ${limits.stringLength} characters` };
      if (strings > limits.strings) return { pointer: '', detail: `at most ${limits.strings} strings are allowed` };
    }
    if (typeof value !== 'object' || value === null || isRawJson(value)) continue;
    if (depth >= limits.depth)
      return { pointer: pointerTo(visit), detail: `nesting may be at most ${limits.depth} levels deep` };
    const array = Array.isArray(value);
    const entries = Object.entries(value);
    const allowed = array ? limits.arrayItems : limits.objectEntries;
    if (entries.length > allowed)
      return { pointer: pointerTo(visit), detail: `at most ${allowed} ${array ? 'items' : 'fields'} are allowed here` };
    if (Object.hasOwn(value, '__proto__'))
      return { pointer: `${pointerTo(visit)}/__proto__`, detail: 'the name __proto__ is not allowed' };
    for (const [name, child] of entries) pending.push({ value: child, depth: depth + 1, name, parent: visit });
  }
  return undefined;
}

/** Made only for a value that breaks a limit. */
function pointerTo(visit: Visit): string {
  return visit.parent === undefined ? '' : `${pointerTo(visit.parent)}/${escapePointer(visit.name)}`;
}

/** One segment of a JSON pointer (RFC 6901, section 3). */
export function escapePointer(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
