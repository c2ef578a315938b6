import { shown } from '../config-error.js';

export type Path = ReadonlyArray<string | number>;

const MAX_NAME_LENGTH = 64;

/** A place in a policy file as an operator looks for it: `profiles[0] ("orders").ttl`. */
export function placeOf(path: Path, document: unknown): string {
  const place = path.map((segment, index) => {
    if (!/^\d+$/.test(String(segment))) return segmentOf(String(segment));
    return `[${segment}]${index === 1 ? nameOf(path, document) : ''}`;
  });
  return path.length === 0 ? 'the file' : place.join('').replace(/^\./, '');
}

function segmentOf(name: string): string {
  return /^[\w.-]{1,100}$/.test(name) ? `.${name}` : `[${shown(name)}]`;
}

/** The name of an entry of a list at the top, so that nobody has to count. */
function nameOf([list, index]: Path, document: unknown): string {
  const { name } = (at(at(document, list), index) ?? {}) as { name?: unknown };
  return typeof name === 'string' && name.length <= MAX_NAME_LENGTH ? ` (${shown(name)})` : '';
}

function at(value: unknown, key: string | number | undefined): unknown {
  return typeof value === 'object' && value !== null && key !== undefined ? Reflect.get(value, key) : undefined;
}
