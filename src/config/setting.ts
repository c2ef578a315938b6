import { durationPattern } from './duration.js';
import { normalUrl } from './elasticsearch-url.js';

/** What a value may be, as JSON Schema. */
export type Limits =
  | { readonly type: 'integer'; readonly minimum: number; readonly maximum: number }
  | { readonly type: 'boolean' }
  | { readonly enum: readonly string[] }
  | TextLimits
  | { readonly type: 'array'; readonly items: TextLimits };

type TextLimits = { readonly type: 'string' } & ({ readonly pattern: string } | { readonly format: typeof URL_FORMAT });

export type SettingKind = 'text' | 'integer' | 'boolean' | 'choice' | 'urls' | 'file' | 'time';

/** What is known of one setting; reader, messages, docs/configuration.md and the Helm chart all come from it. */
export interface Setting<T> {
  /** Name in the environment and in the configuration file. */
  readonly name: string;
  readonly kind: SettingKind;
  readonly description: string;
  readonly unit?: string;
  readonly limits: Limits;
  /** The limits in words: ends the sentence "X: must be ...". */
  readonly expects: string;
  readonly default: T;
  /** The default as it would be written in the environment; null when there is none. */
  readonly defaultText: string | null;
  /** The value is never shown, in no message and no dump. */
  readonly secret: boolean;
  /** Not accepted from the configuration file. */
  readonly environmentOnly: boolean;
  /** From the text of a source to what the limits speak of. What it cannot convert it returns as it is. */
  readonly convert: (text: string) => unknown;
  /** From a converted value within the limits to that of the property. */
  readonly toProperty: (value: unknown) => unknown;
}

interface Common {
  readonly name: string;
  readonly description: string;
}

/** Of an address that Latchkey connects to; `isElasticsearchUrl` checks it. */
export const URL_FORMAT = 'elasticsearch-url';

function setting<T>(
  definition: Common & Pick<Setting<T>, 'kind' | 'limits' | 'expects' | 'default'> & Partial<Setting<T>>,
): Setting<T> {
  return {
    defaultText: definition.default === undefined ? null : String(definition.default),
    secret: false,
    environmentOnly: false,
    convert: (text) => text,
    toProperty: (value) => value,
    ...definition,
  };
}

/** A whole number in decimal digits, within limits. */
export function integer({
  min,
  max,
  ...common
}: Common & { min: number; max: number; unit?: string; default: number }): Setting<number> {
  return setting({
    ...common,
    kind: 'integer',
    limits: { type: 'integer', minimum: min, maximum: max },
    expects: `an integer from ${String(min)} to ${String(max)}`,
    convert: (text) => (/^-?(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text),
  });
}

/** Exactly `true` or `false`. */
export function boolean(options: Common & { default: boolean }): Setting<boolean> {
  return setting({
    ...options,
    kind: 'boolean',
    limits: { type: 'boolean' },
    expects: 'true or false',
    convert: (text) => (text === 'true' ? true : text === 'false' ? false : text),
  });
}

/** One of a few words. */
export function choice<T extends string>({
  values,
  ...common
}: Common & { values: readonly T[]; default: T }): Setting<T> {
  return setting({ ...common, kind: 'choice', limits: { enum: values }, expects: `one of ${values.join(', ')}` });
}

/** NODE_ENV, of which only `production` counts. A misspelling must not pass for "no". */
export function production(options: Common): Setting<boolean> {
  const values = ['production', 'development', 'test'];
  return setting({
    ...options,
    kind: 'choice',
    limits: { enum: values },
    expects: `one of ${values.join(', ')}`,
    default: false,
    defaultText: 'development',
    environmentOnly: true,
    toProperty: (value) => value === 'production',
  });
}

interface TextOptions extends Common {
  readonly pattern: RegExp;
  readonly expects: string;
  /** Keeps the value out of every message. */
  readonly secret?: boolean;
}

/** A text that matches a pattern. */
export function text(options: TextOptions & { default: string }): Setting<string>;
export function text(options: TextOptions): Setting<string | undefined>;
export function text({ pattern, ...definition }: TextOptions & { default?: string }): Setting<string | undefined> {
  return setting({ default: undefined, ...definition, kind: 'text', limits: matching(pattern) });
}

/** Addresses of Elasticsearch, separated by commas. */
export function urls(options: Common): Setting<readonly string[]> {
  return setting<readonly string[]>({
    ...options,
    kind: 'urls',
    limits: { type: 'array', items: { type: 'string', format: URL_FORMAT } },
    expects:
      'one or more URLs separated by commas, each http:// or https:// without user name, password, query and fragment',
    default: [],
    defaultText: null,
    convert: (given) => parts(given).map(normalUrl),
  });
}

/** Several texts separated by commas, each of which matches a pattern. Empty when not set. */
export function list({
  pattern,
  ...definition
}: Common & { pattern: RegExp; expects: string }): Setting<readonly string[]> {
  return setting<readonly string[]>({
    ...definition,
    kind: 'text',
    limits: { type: 'array', items: matching(pattern) },
    default: [],
    defaultText: null,
    convert: parts,
  });
}

/** Path of a file. Such a setting already names a file, so it has no `_FILE` form. */
export function file(options: Common & { environmentOnly?: boolean }): Setting<string | undefined> {
  return setting<string | undefined>({
    ...options,
    kind: 'file',
    limits: matching(/^[^\0]+$/),
    expects: 'the path of a file that can be read',
    default: undefined,
  });
}

/** A length of time as Elasticsearch writes it. */
export function time(options: Common): Setting<string | undefined> {
  return setting<string | undefined>({
    ...options,
    kind: 'time',
    limits: { type: 'string', pattern: durationPattern(['ms', 's', 'm', 'h', 'd'], 9) },
    expects: 'a whole number with a unit (ms, s, m, h, d) such as 365d',
    default: undefined,
  });
}

/** Whether the value may also come from a file that `NAME_FILE` names. */
export function hasFileForm({ kind, environmentOnly }: Pick<Setting<unknown>, 'kind' | 'environmentOnly'>): boolean {
  return kind !== 'file' && !environmentOnly;
}

function matching(pattern: RegExp): TextLimits {
  return { type: 'string', pattern: pattern.source };
}

function parts(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}
