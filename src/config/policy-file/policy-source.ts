import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config-error.js';

/**
 * A policy file on disk that is read again while the service runs. Its content is what counts, not its times or its
 * inode, so that a ConfigMap's change of symbolic links is seen as well as a file that is written in place.
 */
export class PolicySource<Policy> {
  constructor(
    private readonly setting: string,
    private readonly path: string,
    /** From the text of the file to the policy. @throws ConfigError */
    readonly parse: (text: string) => Policy,
  ) {}

  /** The text of the file. @throws ConfigError */
  async read(): Promise<string> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (error) {
      throw new ConfigError(this.setting, `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
    }
  }
}
