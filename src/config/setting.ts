import 'reflect-metadata';
import { Max, Min, IsBoolean, IsIn, IsInt, IsOptional, Matches, ValidateBy } from 'class-validator';
import { isElasticsearchUrl, normalUrl } from './elasticsearch-url.js';

export type SettingKind = 'text' | 'integer' | 'boolean' | 'choice' | 'urls' | 'file' | 'time';

/** What is known of one setting; the reader, the error messages and docs/configuration.md all come from it. */
export interface SettingDefinition {
  /** Name in the environment and in the configuration file. */
  readonly name: string;
  /** Property of `Settings`. */
  readonly property: string;
  readonly kind: SettingKind;
  readonly description: string;
  readonly unit?: string;
  /** Ends the sentence "X: must be ...". */
  readonly expects: string;
  /** The value is never shown, in no message and no dump. */
  readonly secret: boolean;
  /** Not accepted from the configuration file. */
  readonly environmentOnly: boolean;
  /** From text to the type of the property. What it cannot convert it returns as it is: the validators then refuse it. */
  readonly convert: (text: string) => unknown;
}

interface Common {
  readonly name: string;
  readonly description: string;
}

const definitions: SettingDefinition[] = [];

/** All settings in the order of their declaration. */
export function settingDefinitions(): readonly SettingDefinition[] {
  return definitions;
}

function setting(
  definition: Pick<SettingDefinition, 'name' | 'description' | 'kind' | 'expects'> & Partial<SettingDefinition>,
  validators: readonly PropertyDecorator[],
): PropertyDecorator {
  return (target, property) => {
    for (const validator of validators) validator(target, property);
    definitions.push({
      secret: false,
      environmentOnly: false,
      convert: (text) => text,
      ...definition,
      property: String(property),
    });
  };
}

/** A whole number in decimal digits, within limits. */
export function IntegerSetting(options: Common & { min: number; max: number; unit?: string }): PropertyDecorator {
  const { min, max, ...common } = options;
  return setting(
    {
      ...common,
      kind: 'integer',
      expects: `an integer from ${String(min)} to ${String(max)}`,
      convert: (text) => (/^-?(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : text),
    },
    [IsInt(), Min(min), Max(max)],
  );
}

/** Exactly `true` or `false`. */
export function BooleanSetting(options: Common): PropertyDecorator {
  return setting(
    {
      ...options,
      kind: 'boolean',
      expects: 'true or false',
      convert: (text) => (text === 'true' ? true : text === 'false' ? false : text),
    },
    [IsBoolean()],
  );
}

/** One of a few words. */
export function ChoiceSetting(options: Common & { values: readonly string[] }): PropertyDecorator {
  const { values, ...common } = options;
  return setting({ ...common, kind: 'choice', expects: `one of ${values.join(', ')}` }, [IsIn(values)]);
}

/** NODE_ENV, of which the service only wants to know whether it is `production`. A misspelling must not pass for "no". */
export function ProductionSetting(options: Common): PropertyDecorator {
  const values = ['production', 'development', 'test'];
  return setting(
    {
      ...options,
      kind: 'choice',
      expects: `one of ${values.join(', ')}`,
      environmentOnly: true,
      convert: (text) => (values.includes(text) ? text === 'production' : text),
    },
    [IsBoolean()],
  );
}

/** A text that matches a pattern. `secret` keeps it out of every message. */
export function TextSetting(
  options: Common & { pattern: RegExp; expects: string; optional?: boolean; secret?: boolean },
): PropertyDecorator {
  const { pattern, optional, ...definition } = options;
  return setting({ ...definition, kind: 'text' }, [...(optional ? [IsOptional()] : []), Matches(pattern)]);
}

/** Addresses of Elasticsearch, separated by commas. */
export function UrlsSetting(options: Common): PropertyDecorator {
  return setting(
    {
      ...options,
      kind: 'urls',
      expects:
        'one or more URLs separated by commas, each http:// or https:// without user name, password, query and fragment',
      convert: (text) => text.split(',').map((part) => normalUrl(part.trim())),
    },
    [ValidateBy({ name: 'isElasticsearchUrl', validator: { validate: isElasticsearchUrl } }, { each: true })],
  );
}

/** Several texts separated by commas, each of which matches a pattern. Empty when not set. */
export function ListSetting(options: Common & { pattern: RegExp; expects: string }): PropertyDecorator {
  const { pattern, ...definition } = options;
  return setting({ ...definition, kind: 'text', convert: (text) => text.split(',').map((part) => part.trim()) }, [
    Matches(pattern, { each: true }),
  ]);
}

/** Path of a file. Such a setting already names a file, so it has no `_FILE` form. */
export function FileSetting(options: Common & { environmentOnly?: boolean }): PropertyDecorator {
  return setting({ ...options, kind: 'file', expects: 'the path of a file that can be read' }, [
    IsOptional(),
    Matches(/^[^\0]+$/),
  ]);
}

/** A length of time as Elasticsearch writes it. */
export function TimeSetting(options: Common): PropertyDecorator {
  return setting({ ...options, kind: 'time', expects: 'a whole number with a unit (ms, s, m, h, d) such as 365d' }, [
    IsOptional(),
    Matches(/^[1-9]\d{0,8}(ms|s|m|h|d)$/),
  ]);
}
