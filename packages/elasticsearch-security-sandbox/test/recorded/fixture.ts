import { readFileSync } from 'node:fs';

/** A JSON value of the fixture. Integers beyond 2^53 are kept as `Digits`. */
export type Value = null | boolean | number | string | Digits | Value[] | { [key: string]: Value };

/** An integer JavaScript would round. */
export class Digits {
  constructor(readonly text: string) {}
}

/** A recorded answer. */
export interface Recorded {
  readonly s: number;
  readonly r?: Value;
  readonly rh?: { readonly [name: string]: Value };
}

/** An exchange that was recorded, or (without an id) what was done between them. */
export interface Step extends Recorded {
  readonly id?: string;
  readonly as?: string | null;
  readonly m: string;
  readonly p: string;
  readonly b?: Value;
  readonly raw?: string;
  readonly raw64?: string;
  readonly repeat?: readonly (string | number)[];
  readonly h?: Readonly<Record<string, string | null>>;
  readonly auth?: string;
  /** The key whose credential stands for `<encoded>`. */
  readonly secret?: string;
  readonly on8?: Recorded & { readonly b?: Value };
  readonly only9?: 1;
  /** Makes a key and calls it so. */
  readonly key?: string;
  /** Calls the key made here by this name as a caller. */
  readonly caller?: string;
  /** Another name of a key. */
  readonly alias?: string;
  /** Calls the token made here by this name as a caller. */
  readonly token?: string;
  readonly advance?: number;
}

/** Steps that share one sandbox. */
export interface Session {
  readonly name: string;
  readonly tokensEnabled?: boolean;
  readonly apiKeysEnabled?: boolean;
  readonly securityEnabled?: boolean;
  readonly license?: 'basic';
  readonly steps: readonly Step[];
}

interface Fixture {
  readonly fixture: readonly Step[];
  readonly sessions: readonly Session[];
}

/** Reads JSON without rounding integers. */
export function parseExact(text: string): Value {
  return JSON.parse(text, (_key, value: Value, context?: { source?: string }) => {
    const source = context?.source;
    return typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)
      ? new Digits(source)
      : value;
  }) as Value;
}

/** The recorded exchanges, with shared parts put back in place. */
export function loadFixture(): Fixture {
  const file = parseExact(readFileSync(new URL('recorded.json', import.meta.url), 'utf8')) as { [key: string]: Value };
  const shared = file['shared'] as Value[];
  const expand = (value: Value): Value => {
    if (Array.isArray(value)) return value.map(expand);
    if (value === null || typeof value !== 'object' || value instanceof Digits) return value;
    const index = value['$'];
    if (typeof index === 'number' && Object.keys(value).length === 1) return expand(shared[index] ?? null);
    const members = Object.fromEntries(Object.entries(value).map(([key, member]) => [key, expand(member)]));
    return '$error' in members ? expandError(members) : members;
  };
  return { fixture: expand(file['fixture'] ?? []), sessions: expand(file['sessions'] ?? []) } as unknown as Fixture;
}

// Errors are kept as the chain of their causes and the place of the root cause in it.
function expandError(packed: { [key: string]: Value }): Value {
  const chain = packed['$error'] as { [key: string]: Value }[];
  const nested = [...chain]
    .reverse()
    .reduce<{ [key: string]: Value } | undefined>(
      (cause, link) => ({ ...link, ...(cause ? { caused_by: cause } : {}) }),
      undefined,
    );
  return {
    error: { root_cause: [chain[Number(packed['root'])] ?? null], ...nested },
    status: packed['status'] ?? null,
  };
}
