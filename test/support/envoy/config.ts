import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnvoyConfigQuery } from '../../../src/envoy-config/envoy-config.dto.js';
import type { EnvoyProfile } from '../../../src/envoy-config/parameters.js';
import { renderEnvoyFiles } from '../../../src/envoy-config/render.js';
import { StrictValidationPipe } from '../../../src/validation/strict-validation.pipe.js';

/** The query as the route gets it: every value is a text. */
export function checkedQuery(query: Record<string, string>): EnvoyConfigQuery {
  return new StrictValidationPipe().transform(query, { type: 'query', metatype: EnvoyConfigQuery }) as EnvoyConfigQuery;
}

/** A folder of a test, with the files of a configuration in it. */
export class ConfigFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'latchkey-envoy-config-'));

  /** Writes all files of the configuration with `config_folder` set to this folder, and returns the path of the bootstrap. */
  render(profile: EnvoyProfile, query: Record<string, string>): string {
    const files = renderEnvoyFiles(profile, checkedQuery({ ...query, config_folder: this.path }));
    for (const [name, content] of Object.entries(files)) this.write(name, content);
    return join(this.path, 'envoy.yaml');
  }

  write(name: string, content: string): string {
    const path = join(this.path, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
