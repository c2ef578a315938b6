import { ConfigError, loadSettings } from '../../src/config/load-settings.js';

/** The message with which the start stops; fails when it does not. */
export function messageOf(env: NodeJS.ProcessEnv, readFile?: (path: string) => string): string {
  try {
    loadSettings(env, readFile);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the start did not stop');
}

/** A reader of files that exist only in the test. */
export function files(contents: Record<string, string>): (path: string) => string {
  return (path) => {
    const content = contents[path];
    if (content === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return content;
  };
}
