import { FAILSAFE_SCHEMA, load, YAMLException } from 'js-yaml';
import { ConfigError, shown } from './config-error.js';
import { hasFileForm, type Setting } from './setting.js';
import { readNamedFile, type ReadFile } from './read-file.js';
import { refuseUnknownFileNames } from './unknown-names.js';

export type TextMap = ReadonlyMap<string, string>;

/** A value as found, before it is converted. */
export interface Found {
  readonly text: string;
  /** Name that an error message blames. */
  readonly label: string;
  /** The value stands in the environment, where an operator sees it anyway; what stands in a file is never repeated. */
  readonly fromEnvironment: boolean;
}

/** The environment as a map, without the names that are not set. */
export function environmentTexts(env: NodeJS.ProcessEnv): TextMap {
  return new Map(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Reads the file that LATCHKEY_CONFIG_FILE names. */
export function configFileTexts(path: string, readFile: ReadFile): TextMap {
  const document = parse(readNamedFile('LATCHKEY_CONFIG_FILE', path, readFile));
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new ConfigError('LATCHKEY_CONFIG_FILE', 'the file must hold a flat map from names of settings to values');
  }
  const entries = Object.entries(document);
  refuseUnknownFileNames(entries.map(([name]) => name));
  return new Map(
    entries.map(([name, value]: [string, unknown]) => {
      const items: unknown = Array.isArray(value) ? value : [value];
      if (!isTexts(items))
        throw new ConfigError(name, 'must be one value or a list of values (in LATCHKEY_CONFIG_FILE)');
      return [name, items.join(',')];
    }),
  );
}

/** The value of a setting in one source: given directly, or in a file that `NAME_FILE` names. */
export function find(
  setting: Setting<unknown>,
  source: TextMap,
  fromEnvironment: boolean,
  readFile: ReadFile,
): Found | undefined {
  const { name } = setting;
  const fileName = `${name}_FILE`;
  const text = source.get(name);
  const path = hasFileForm(setting) ? source.get(fileName) : undefined;
  if (text !== undefined && path !== undefined) {
    throw new ConfigError(name, `must not be set together with ${fileName}; keep one of them`);
  }
  if (text !== undefined && !fromEnvironment && setting.environmentOnly) {
    throw new ConfigError(name, 'is only read from the environment; take it out of the file of LATCHKEY_CONFIG_FILE');
  }
  if (text !== undefined) return { text, label: name, fromEnvironment };
  if (path === undefined) return undefined;
  const content = readNamedFile(fileName, path, readFile).replace(/\r?\n$/, '');
  if (content === '') throw new ConfigError(fileName, `the file ${shown(path)} is empty`);
  return { text: content, label: fileName, fromEnvironment: false };
}

function parse(text: string): unknown {
  try {
    // Every scalar stays the text that was written, so that a file and the environment go through the same checks.
    return load(text, { schema: FAILSAFE_SCHEMA });
  } catch (error) {
    // The parser's own message quotes the file, in which secrets may stand.
    const where = error instanceof YAMLException && error.mark ? ` at line ${String(error.mark.line + 1)}` : '';
    throw new ConfigError('LATCHKEY_CONFIG_FILE', `the file is not valid YAML or JSON${where}`);
  }
}

function isTexts(items: unknown): items is string[] {
  return Array.isArray(items) && items.every((item) => typeof item === 'string');
}
