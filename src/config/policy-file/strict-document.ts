import { load, YAMLException } from 'js-yaml';
import { ConfigError } from '../config-error.js';
import { placeOf } from './place.js';

const MAX_TEXT_LENGTH = 4 * 1024 * 1024;
/** Aliases in YAML can make a small text a huge document, or one that holds itself. */
const MAX_VALUES = 500_000;
const MAX_DEPTH = 64;

/**
 * The one document of a YAML or JSON text: no name twice in a map, no number that would be rounded, bounded in size.
 *
 * @throws ConfigError that says where, and nothing of what stands there.
 */
export function parseStrictly(setting: string, text: string): unknown {
  if (text.length > MAX_TEXT_LENGTH) throw new ConfigError(setting, 'is larger than 4 MiB');
  if (text.trim() === '') throw new ConfigError(setting, 'the file is empty');
  const document = parse(setting, text);
  refuseUnkeepable(setting, document);
  return document;
}

function parse(setting: string, text: string): unknown {
  try {
    return load(text);
  } catch (error) {
    // The parser's other reasons quote the file.
    const isRepeated = error instanceof YAMLException && error.reason === 'duplicated mapping key';
    const line = error instanceof YAMLException && error.mark ? ` (line ${error.mark.line + 1})` : '';
    throw new ConfigError(setting, `${isRepeated ? 'names a field twice' : 'is not valid YAML or JSON'}${line}`);
  }
}

function refuseUnkeepable(setting: string, document: unknown): void {
  let values = 0;
  const path: string[] = [];
  const visit = (value: unknown): void => {
    values += 1;
    if (values > MAX_VALUES) throw new ConfigError(setting, `holds more than ${MAX_VALUES} values`);
    if (path.length > MAX_DEPTH) throw new ConfigError(setting, `is nested deeper than ${MAX_DEPTH} levels`);
    if (typeof value === 'number' && !isExact(value))
      throw new ConfigError(setting, `${placeOf(path, document)} is a number that would be rounded; put it in quotes`);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, item] of Object.entries(value)) {
      path.push(name);
      visit(item);
      path.pop();
    }
  };
  visit(document);
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value));
}
