import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config-error.js';
import { parseProfiles } from './parse-profiles.js';
import type { Profile } from './profile.js';

/**
 * The profiles file on disk. Its content is what counts, not its times or its inode, so that a ConfigMap's change of
 * symbolic links is seen as well as a file that is written in place.
 */
export class ProfilesFile {
  constructor(private readonly path: string) {}

  /** The text of the file. @throws ConfigError */
  async read(): Promise<string> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      throw new ConfigError(
        'LATCHKEY_PROFILES_FILE',
        `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      );
    }
  }

  /** @throws ConfigError */
  parse(text: string): readonly Profile[] {
    return parseProfiles(text);
  }
}
