import { readFileSync } from 'node:fs';
import { ConfigError, shown } from './config-error.js';
import { outsideLimits } from './limits.js';
import { parseManagedKeysPolicy } from './managed-keys-policy.js';
import { parseProfiles } from './profiles/parse-profiles.js';
import { refuseProcessHazards } from './process-hazards.js';
import { readNamedFile, type ReadFile } from './read-file.js';
import { refuseContradictions } from './rules.js';
import type { Setting } from './setting.js';
import { settingDefinitions, Settings } from './settings.js';
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
  fill(settings, env, readFile);
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

/** Puts what the sources hold into the settings. @throws ConfigError for the first setting whose value is refused. */
function fill(settings: Settings, env: NodeJS.ProcessEnv, readFile: ReadFile): void {
  const environment = environmentTexts(env);
  const configFile = environment.get('LATCHKEY_CONFIG_FILE');
  const file = configFile === undefined ? new Map<string, string>() : configFileTexts(configFile, readFile);
  const found = settingDefinitions().flatMap(([property, setting]) => {
    // Both are looked up, so that a contradiction in the file is not hidden by the environment.
    const inFile = find(setting, file, false, readFile);
    const value = find(setting, environment, true, readFile) ?? inFile;
    return value === undefined ? [] : [{ property, setting, found: value, given: setting.convert(value.text) }];
  });
  const refused = outsideLimits(new Map(found.map(({ setting, given }) => [setting.name, given])));
  for (const { property, setting, found: value, given } of found) {
    if (refused.has(setting.name)) throw unacceptable(setting, value);
    assign(settings, property, setting.toProperty(given), !setting.secret);
  }
}

/** `Settings` is read-only for everybody but its loader. */
function assign(settings: Settings, property: string, value: unknown, enumerable = true): void {
  Object.defineProperty(settings, property, { value, enumerable, configurable: true, writable: true });
}

function unacceptable(setting: Setting<unknown>, found: Found): ConfigError {
  return new ConfigError(found.label, `must be ${setting.expects}${evidence(setting, found)}`);
}

/** What helps to find the mistake, and gives nothing away. */
function evidence(setting: Setting<unknown>, value: Found): string {
  // A URL that is refused may well be refused for the password in it.
  if (setting.secret || setting.kind === 'urls') return value.text === '' ? ' (got "")' : '';
  if (!value.fromEnvironment) return value.label === setting.name ? ' (in LATCHKEY_CONFIG_FILE)' : '';
  const hint = isServiceLink(setting.name, value.text) ? `; ${SERVICE_LINK_HINT}` : '';
  return ` (got ${shown(value.text)})${hint}`;
}
