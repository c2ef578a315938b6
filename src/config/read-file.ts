import { ConfigError, shown } from './config-error.js';

export type ReadFile = (path: string) => string;

/** Reads a file that a setting names. The error blames the setting and says why in the system's short code. */
export function readNamedFile(name: string, path: string, readFile: ReadFile): string {
  if (path === '') throw new ConfigError(name, 'must be the path of a file that can be read (got "")');
  try {
    return readFile(path);
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : '';
    throw new ConfigError(name, `cannot read the file ${shown(path)}${code}`);
  }
}
