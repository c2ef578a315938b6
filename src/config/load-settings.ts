import { readFileSync } from 'node:fs';
import { validateSync } from 'class-validator';
import { ConfigError, shown } from './config-error.js';
import { parseManagedKeysPolicy } from './managed-keys-policy.js';
import { parseProfiles } from './profiles/parse-profiles.js';
import { refuseProcessHazards } from './process-hazards.js';
import { readNamedFile, type ReadFile } from './read-file.js';
import { refuseContradictions } from './rules.js';
import { settingDefinitions, type SettingDefinition } from './setting.js';
import { Settings } from './settings.js';
import { configFileTexts, environmentTexts, find, type Found } from './sources.js';
import { readTlsMaterial, refuseBadCertificates } from './tls-material.js';
import { isServiceLink, refuseUnknownNames, SERVICE_LINK_HINT } from './unknown-names.js';
import { parseWorkloadIssuers, refuseUnreadableFiles } from './workload-issuers.js';

export { ConfigError } from './config-error.js';

/**
 * Reads all settings from the environment and from the files it names, checks them and freezes them.
 * Throws a `ConfigError` for the first setting that is wrong; its message is one line that names the setting.
 */
export function loadSettings(
  env: NodeJS.ProcessEnv = process.env,
  readFile: ReadFile = (path) => readFileSync(path, 'utf8'),
): Settings {
  refuseProcessHazards(env);
  refuseUnknownNames(env);
  const settings = new Settings();
  const found = fill(settings, env, readFile);
  refuseInvalid(settings, found);
  if (settings.elasticsearchCaFile !== undefined) {
    const pem = readNamedFile('ELASTICSEARCH_CA_FILE', settings.elasticsearchCaFile, readFile);
    refuseBadCertificates('ELASTICSEARCH_CA_FILE', pem);
    assign(settings, 'elasticsearchCa', pem);
  }
  if (settings.managedKeysFile !== undefined) {
    assign(
      settings,
      'managedKeysPolicy',
      parseManagedKeysPolicy(readNamedFile('LATCHKEY_MANAGED_KEYS_FILE', settings.managedKeysFile, readFile)),
    );
  }
  if (settings.profilesFile !== undefined) {
    assign(
      settings,
      'profiles',
      parseProfiles(readNamedFile('LATCHKEY_PROFILES_FILE', settings.profilesFile, readFile)),
    );
  }
  if (settings.workloadIssuersFile !== undefined) {
    const issuers = readNamedFile('LATCHKEY_WORKLOAD_ISSUERS_FILE', settings.workloadIssuersFile, readFile);
    assign(settings, 'workloadIssuers', parseWorkloadIssuers(issuers, settings.allowInsecureIssuers));
    refuseUnreadableFiles(settings.workloadIssuers, readFile);
  }
  readTlsMaterial(settings, readFile);
  refuseContradictions(settings);
  for (const list of [
    settings.elasticsearchUrls,
    settings.meshTrustDomains,
    settings.meshXfccTrusted,
    settings.workloadIssuers,
  ])
    Object.freeze(list);
  return Object.freeze(settings);
}

/** Puts what the sources hold into the settings; the result says where each value was found. */
function fill(settings: Settings, env: NodeJS.ProcessEnv, readFile: ReadFile): Map<string, Found> {
  const environment = environmentTexts(env);
  const configFile = environment.get('LATCHKEY_CONFIG_FILE');
  const file = configFile === undefined ? new Map<string, string>() : configFileTexts(configFile, readFile);
  const found = new Map<string, Found>();
  for (const definition of settingDefinitions()) {
    // Both are looked up, so that a contradiction in the file is not hidden by the environment.
    const inFile = find(definition, file, false, readFile);
    const value = find(definition, environment, true, readFile) ?? inFile;
    if (value !== undefined) {
      found.set(definition.property, value);
      assign(settings, definition.property, definition.convert(value.text));
    }
    if (definition.secret) Object.defineProperty(settings, definition.property, { enumerable: false });
  }
  return found;
}

/** `Settings` is read-only for everybody but its loader. */
function assign(settings: Settings, property: string, value: unknown): void {
  Object.defineProperty(settings, property, { value, enumerable: true, configurable: true, writable: true });
}

function refuseInvalid(settings: Settings, found: ReadonlyMap<string, Found>): void {
  const invalid = new Set(validateSync(settings).map((error) => error.property));
  const definition = settingDefinitions().find(({ property }) => invalid.has(property));
  if (definition === undefined) return;
  const value = found.get(definition.property);
  const problem = `must be ${definition.expects}`;
  if (value === undefined) throw new ConfigError(definition.name, problem);
  throw new ConfigError(value.label, problem + evidence(definition, value));
}

/** What helps to find the mistake, and gives nothing away. */
function evidence(definition: SettingDefinition, value: Found): string {
  // A URL that is refused may well be refused for the password in it.
  if (definition.secret || definition.kind === 'urls') return value.text === '' ? ' (got "")' : '';
  if (!value.fromEnvironment) return value.label === definition.name ? ' (in LATCHKEY_CONFIG_FILE)' : '';
  const hint = isServiceLink(definition.name, value.text) ? `; ${SERVICE_LINK_HINT}` : '';
  return ` (got ${shown(value.text)})${hint}`;
}
