import { EMPTY_POLICY, type ManagedKeysPolicy } from './managed-keys-policy.js';
import type { Profile } from './profiles/profile.js';
import { hasFileForm, type Limits, type Setting, type SettingKind } from './setting.js';
import { audit } from './settings/audit.js';
import { caches } from './settings/caches.js';
import { credentials } from './settings/credentials.js';
import { elasticsearch, elasticsearchCalls } from './settings/elasticsearch.js';
import { addresses, requests } from './settings/http.js';
import { keyLifetime, keyWatch, managedKeys } from './settings/keys.js';
import { mesh } from './settings/mesh.js';
import { environment, extras, logging } from './settings/process.js';
import { rates } from './settings/rates.js';
import { state } from './settings/state.js';
import { tracing } from './settings/tracing.js';
import type { WorkloadIssuer } from './workload-issuers.js';

/** Every setting by its property of `Settings`, in the order of docs/configuration.md. */
const SCHEMA = {
  ...mesh,
  ...addresses,
  ...logging,
  ...elasticsearch,
  ...environment,
  ...elasticsearchCalls,
  ...requests,
  ...caches,
  ...audit,
  ...state,
  ...managedKeys,
  ...credentials,
  ...keyWatch,
  ...rates,
  ...keyLifetime,
  ...tracing,
  ...extras,
};

type Values = { readonly [P in keyof typeof SCHEMA]: (typeof SCHEMA)[P] extends Setting<infer T> ? T : never };

/** What the settings are before anything is read. */
const Defaults = class {
  constructor() {
    for (const [property, { default: value }] of settingDefinitions()) Object.assign(this, { [property]: value });
  }
} as new () => Values;

/**
 * Every setting of the service, with its default. `loadSettings` is the way to get one: frozen and checked.
 * Secrets are not enumerable in what it returns, so neither JSON nor a log line of the whole object holds them.
 */
export class Settings extends Defaults {
  /** Content of `elasticsearchCaFile`, read once at the start: certificates in PEM form. */
  readonly elasticsearchCa?: string;

  /** Content of `managedKeysFile`, read and checked once at the start. */
  readonly managedKeysPolicy: ManagedKeysPolicy = EMPTY_POLICY;

  /** Content of `profilesFile` at the start, checked. */
  readonly profiles: readonly Profile[] = [];

  /** Content of `workloadIssuersFile`, read and checked once at the start. */
  readonly workloadIssuers: readonly WorkloadIssuer[] = [];
}

/** All settings, each with its property of `Settings`. */
export function settingDefinitions(): ReadonlyArray<readonly [property: string, setting: Setting<unknown>]> {
  return Object.entries(SCHEMA);
}

/** One row of docs/configuration.md. */
export interface SettingDescription {
  /** Name in the environment and in the configuration file. */
  readonly name: string;
  readonly property: string;
  readonly kind: SettingKind;
  /** As it would be written in the environment; null when the setting has no default. */
  readonly default: string | null;
  readonly description: string;
  readonly unit: string | null;
  /** What is accepted, as JSON Schema. */
  readonly limits: Limits;
  /** What is accepted: "an integer from 0 to 65535". */
  readonly expects: string;
  readonly secret: boolean;
  /** Name of the setting that names a file with the value; null when there is none. */
  readonly fileName: string | null;
}

/** All settings in the order of their declaration, for the documentation. */
export function describeSettings(): readonly SettingDescription[] {
  return settingDefinitions().map(([property, setting]) => ({
    name: setting.name,
    property,
    kind: setting.kind,
    default: setting.defaultText,
    description: setting.description,
    unit: setting.unit ?? null,
    limits: setting.limits,
    expects: setting.expects,
    secret: setting.secret,
    fileName: hasFileForm(setting) ? `${setting.name}_FILE` : null,
  }));
}
