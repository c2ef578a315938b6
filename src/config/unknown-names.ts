import { ConfigError, shown } from './config-error.js';
import { didYouMean, nearestName } from './nearest-name.js';
import { hasFileForm } from './setting.js';
import { settingDefinitions } from './settings.js';

/** Switches of the test run. A service that a test starts inherits them, so they are not misspellings. */
const TEST_RUN_NAMES = /^LATCHKEY_(REQUIRE_ELASTICSEARCH$|TEST_)/;

/** Appended where Kubernetes, not the operator, has probably set the variable. */
export const SERVICE_LINK_HINT =
  'it looks like a Kubernetes service link: set enableServiceLinks: false in the pod specification';

/** Whether a variable is of the kind that Kubernetes injects for each Service of the namespace. */
export function isServiceLink(name: string, value: string): boolean {
  return (
    /_SERVICE_(HOST|PORT)(_|$)/.test(name) ||
    /_PORT_\d+_(TCP|UDP|SCTP)(_|$)/.test(name) ||
    /^(tcp|udp|sctp):\/\//.test(value)
  );
}

/**
 * Refuses variables that were meant to be settings but are none. All `LATCHKEY_*` names are ours; of `ELASTICSEARCH_*`
 * only near misses are refused, because other software and Kubernetes set such names too.
 */
export function refuseUnknownNames(env: NodeJS.ProcessEnv): void {
  const known = new Set(acceptedNames());
  for (const [name, value] of Object.entries(env)) {
    const upper = name.toUpperCase();
    if (known.has(name) || TEST_RUN_NAMES.test(name) || value === undefined) continue;
    if (upper.startsWith('LATCHKEY_')) throw unknownName(name, value, known);
    if (upper.startsWith('ELASTICSEARCH_') && !isServiceLink(name, value) && nearestName(upper, known, 2)) {
      throw unknownName(name, value, known);
    }
  }
}

/** Refuses a name in the configuration file that is no setting. */
export function refuseUnknownFileNames(names: readonly string[]): void {
  const known = new Set(acceptedNames());
  for (const name of names) {
    if (known.has(name)) continue;
    // A key that is no name may be a secret in the wrong column.
    if (!/^[A-Z][A-Z0-9_]{0,127}$/.test(name)) {
      throw new ConfigError('LATCHKEY_CONFIG_FILE', 'the file holds a key that is not the name of a setting');
    }
    throw new ConfigError(
      'LATCHKEY_CONFIG_FILE',
      `the file holds ${name}, which is no setting${didYouMean(name, known)}`,
    );
  }
}

function acceptedNames(): string[] {
  return settingDefinitions().flatMap(([, setting]) =>
    hasFileForm(setting) ? [setting.name, `${setting.name}_FILE`] : [setting.name],
  );
}

function unknownName(name: string, value: string, known: ReadonlySet<string>): ConfigError {
  const label = /^[A-Za-z0-9_]{1,128}$/.test(name) ? name : shown(name);
  if (isServiceLink(name, value)) return new ConfigError(label, `is no setting; ${SERVICE_LINK_HINT}`);
  return new ConfigError(label, `is no setting${didYouMean(name.toUpperCase(), known)}`);
}
