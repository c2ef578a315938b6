import { EMPTY_POLICY, type ManagedKeysPolicy } from './managed-keys-policy.js';
import { MeshSettings } from './mesh-settings.js';
import type { Profile } from './profiles/profile.js';
import {
  BooleanSetting,
  ChoiceSetting,
  FileSetting,
  IntegerSetting,
  ProductionSetting,
  settingDefinitions,
  TextSetting,
  TimeSetting,
  UrlsSetting,
  type SettingKind,
} from './setting.js';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
export type CreateRefresh = 'true' | 'false' | 'wait_for';

/**
 * Every setting of the service, with its default. `loadSettings` is the way to get one: frozen and checked.
 * Secrets are not enumerable in what it returns, so neither JSON nor a log line of the whole object holds them.
 */
export class Settings extends MeshSettings {
  @TextSetting({
    name: 'LATCHKEY_HOST',
    description: 'Address on which the service listens.',
    pattern: /^[A-Za-z0-9_.:%-]{1,253}$/,
    expects: 'an IP address or a host name',
  })
  readonly host: string = '0.0.0.0';

  @IntegerSetting({
    name: 'LATCHKEY_PORT',
    description: 'Port of the API. 0 takes any free port.',
    min: 0,
    max: 65535,
  })
  readonly port: number = 8080;

  @IntegerSetting({
    name: 'LATCHKEY_METRICS_PORT',
    description:
      'Port of the metrics, apart from the API so that it need not be reachable from outside. 0 takes any free port.',
    min: 0,
    max: 65535,
  })
  readonly metricsPort: number = 9464;

  @ChoiceSetting({
    name: 'LATCHKEY_LOG_LEVEL',
    description: 'Least severity that is logged.',
    values: ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
  })
  readonly logLevel: LogLevel = 'info';

  @UrlsSetting({
    name: 'ELASTICSEARCH_URL',
    description:
      'Elasticsearch, one address or several of one cluster, separated by commas. Without it the embedded sandbox runs, which production refuses.',
  })
  readonly elasticsearchUrls: readonly string[] = [];

  @BooleanSetting({
    name: 'LATCHKEY_ALLOW_INSECURE_ELASTICSEARCH',
    description: 'Lets production speak http:// to Elasticsearch, so that credentials travel in clear text.',
  })
  readonly allowInsecureElasticsearch: boolean = false;

  @FileSetting({
    name: 'ELASTICSEARCH_CA_FILE',
    description:
      'PEM file with the certificate authorities that Elasticsearch is trusted by, in place of those of the system.',
  })
  readonly elasticsearchCaFile?: string;

  /** Content of `elasticsearchCaFile`, read once at the start: certificates in PEM form. */
  readonly elasticsearchCa?: string;

  @BooleanSetting({
    name: 'ELASTICSEARCH_TLS_VERIFY',
    description: "Whether Elasticsearch's certificate is verified. Production refuses false.",
  })
  readonly elasticsearchTlsVerify: boolean = true;

  @TextSetting({
    name: 'ELASTICSEARCH_SERVICE_USERNAME',
    description: 'User for what the service does under its own name. Calls of a caller never use it.',
    pattern: /^[^:\p{Cc}]{1,507}$/u,
    expects: 'a user name without colon',
    optional: true,
  })
  readonly elasticsearchServiceUsername?: string;

  @TextSetting({
    name: 'ELASTICSEARCH_SERVICE_PASSWORD',
    description: 'Password of that user.',
    pattern: /^[^\p{Cc}]{1,1024}$/u,
    expects: 'a password without control characters',
    optional: true,
    secret: true,
  })
  readonly elasticsearchServicePassword?: string;

  @TextSetting({
    name: 'ELASTICSEARCH_SERVICE_TOKEN',
    description: 'Service account token, in place of user and password.',
    pattern: /^[\x21-\x7e]{1,8192}$/,
    expects: 'a token of visible ASCII characters',
    optional: true,
    secret: true,
  })
  readonly elasticsearchServiceToken?: string;

  @ProductionSetting({ name: 'NODE_ENV', description: 'production turns the rules of production on.' })
  readonly production: boolean = false;

  @FileSetting({
    name: 'LATCHKEY_CONFIG_FILE',
    description: 'YAML or JSON file: a flat map from names of settings to values. The environment wins over it.',
    environmentOnly: true,
  })
  readonly configFile?: string;

  @IntegerSetting({
    name: 'LATCHKEY_PRIVILEGES_TIMEOUT_MS',
    description: "Longest wait for Elasticsearch's answer on who calls and with which privileges.",
    unit: 'ms',
    min: 10,
    max: 120_000,
  })
  readonly privilegesTimeoutMs: number = 3000;

  @IntegerSetting({
    name: 'LATCHKEY_ELASTICSEARCH_TIMEOUT_MS',
    description: "Longest wait for Elasticsearch's answer to the action itself.",
    unit: 'ms',
    min: 10,
    max: 120_000,
  })
  readonly elasticsearchTimeoutMs: number = 8000;

  @IntegerSetting({
    name: 'LATCHKEY_ELASTICSEARCH_MAX_CONNECTIONS',
    description: 'Most connections to one Elasticsearch address; further calls wait for a free one.',
    min: 1,
    max: 10_000,
  })
  readonly elasticsearchMaxConnections: number = 128;

  @IntegerSetting({
    name: 'LATCHKEY_HANDLER_TIMEOUT_MS',
    description: 'Longest time for a request from its headers to its answer.',
    unit: 'ms',
    min: 10,
    max: 300_000,
  })
  readonly handlerTimeoutMs: number = 15_000;

  @IntegerSetting({
    name: 'LATCHKEY_REQUEST_TIMEOUT_MS',
    description: 'Longest time for a client to send a whole request.',
    unit: 'ms',
    min: 100,
    max: 300_000,
  })
  readonly requestTimeoutMs: number = 10_000;

  @IntegerSetting({
    name: 'LATCHKEY_HEADERS_TIMEOUT_MS',
    description: 'Longest time for a client to send the headers; not more than the time for the whole request.',
    unit: 'ms',
    min: 100,
    max: 300_000,
  })
  readonly headersTimeoutMs: number = 5000;

  @IntegerSetting({
    name: 'LATCHKEY_KEEP_ALIVE_TIMEOUT_MS',
    description: 'How long an idle connection stays open; longer than the idle time of the proxy in front.',
    unit: 'ms',
    min: 1,
    max: 3_600_000,
  })
  readonly keepAliveTimeoutMs: number = 72_000;

  @IntegerSetting({
    name: 'LATCHKEY_BODY_LIMIT_BYTES',
    description: 'Largest request body.',
    unit: 'bytes',
    min: 1024,
    max: 1_048_576,
  })
  readonly bodyLimitBytes: number = 65_536;

  @IntegerSetting({
    name: 'LATCHKEY_DRAIN_MS',
    description: 'How long the service still takes new requests after SIGTERM while it reports itself not ready.',
    unit: 'ms',
    min: 0,
    max: 300_000,
  })
  readonly drainMs: number = 5000;

  @IntegerSetting({
    name: 'LATCHKEY_SHUTDOWN_TIMEOUT_MS',
    description: 'Longest time from SIGTERM to the end of the process, the drain included.',
    unit: 'ms',
    min: 100,
    max: 600_000,
  })
  readonly shutdownTimeoutMs: number = 20_000;

  @ChoiceSetting({
    name: 'LATCHKEY_CREATE_REFRESH',
    description:
      'When a new key shows up in lists: at once (true), after the next refresh (wait_for answers then), or some time later (false).',
    values: ['true', 'false', 'wait_for'],
  })
  readonly createRefresh: CreateRefresh = 'true';

  @IntegerSetting({
    name: 'LATCHKEY_PRIVILEGE_CACHE_MS',
    description: 'How long a granted privilege is remembered. Refusals never are. 0 turns it off.',
    unit: 'ms',
    min: 0,
    max: 60_000,
  })
  readonly privilegeCacheMs: number = 5000;

  @IntegerSetting({
    name: 'LATCHKEY_IDENTITY_CACHE_MS',
    description: 'How long it is remembered whom a credential belongs to. 0 turns it off.',
    unit: 'ms',
    min: 0,
    max: 3_600_000,
  })
  readonly identityCacheMs: number = 60_000;

  @IntegerSetting({
    name: 'LATCHKEY_LICENSE_CACHE_MS',
    description: "How long Elasticsearch's license is remembered. 0 turns it off.",
    unit: 'ms',
    min: 0,
    max: 300_000,
  })
  readonly licenseCacheMs: number = 30_000;

  @TextSetting({
    name: 'LATCHKEY_AUDIT_FILE',
    description:
      'File to which the audit trail is appended, as JSON lines. Without it the lines go to standard output, marked with "stream":"audit".',
    pattern: /^[^\0]{1,4096}$/,
    expects: 'a path',
    optional: true,
  })
  readonly auditFile?: string;

  @TextSetting({
    name: 'LATCHKEY_AUDIT_INDEX',
    description:
      'Index or data stream in Elasticsearch to which the audit trail is written as well, by the service identity, which needs create_doc (and auto_configure or create_index) on it.',
    pattern: /^[a-z0-9][a-z0-9._-]{0,200}$/,
    expects: 'the name of an index or data stream',
    optional: true,
  })
  readonly auditIndex?: string;

  @FileSetting({
    name: 'LATCHKEY_MANAGED_KEYS_FILE',
    description:
      'YAML or JSON file with the rules by which keys count as managed by software: a list `managers` of label, owner, consequence and match (name_prefix, metadata, username, realm), and a list `templates` of keys that the service makes under its own name: name, role_descriptors, max_lifetime and allow (username, realm).',
  })
  readonly managedKeysFile?: string;

  /** Content of `managedKeysFile`, read and checked once at the start. */
  readonly managedKeysPolicy: ManagedKeysPolicy = EMPTY_POLICY;

  @FileSetting({
    name: 'LATCHKEY_PROFILES_FILE',
    description:
      'YAML or JSON file with the credential profiles for sidecars (docs/profiles.schema.json). Needs a service identity. Read again when it changes.',
  })
  readonly profilesFile?: string;

  /** Content of `profilesFile` at the start, checked. */
  readonly profiles: readonly Profile[] = [];

  @IntegerSetting({
    name: 'LATCHKEY_PROFILES_RELOAD_MS',
    description: 'How often the profiles file is looked at for changes.',
    unit: 'ms',
    min: 50,
    max: 3_600_000,
  })
  readonly profilesReloadMs: number = 3000;

  @IntegerSetting({
    name: 'LATCHKEY_CREDENTIALS_CHECK_MS',
    description:
      'How often each replica asks Elasticsearch, with one query, which keys of sidecars were invalidated elsewhere; so long may a sidecar keep a revoked key.',
    unit: 'ms',
    min: 50,
    max: 600_000,
  })
  readonly credentialsCheckMs: number = 3000;

  @IntegerSetting({
    name: 'LATCHKEY_SDS_HOLD_MS',
    description:
      'Longest time that a poll of Envoy is held open, within what the poll itself allows. 0 answers every poll at once.',
    unit: 'ms',
    min: 0,
    max: 120_000,
  })
  readonly sdsHoldMs: number = 25_000;

  @IntegerSetting({
    name: 'LATCHKEY_KEY_WATCH_INTERVAL_MS',
    description:
      'How often the service, with an identity of its own, counts keys, looks for the soonest expiry and for rotations that are stuck, and ends keys whose grace it keeps. 0 turns it off.',
    unit: 'ms',
    min: 0,
    max: 86_400_000,
  })
  readonly keyWatchIntervalMs: number = 60_000;

  @IntegerSetting({
    name: 'LATCHKEY_LICENSE_WARNING_DAYS',
    description: 'How many days before its end the license of the cluster is warned about, once a day, in the log.',
    min: 0,
    max: 365,
  })
  readonly licenseWarningDays: number = 14;

  @IntegerSetting({
    name: 'LATCHKEY_INVALIDATION_SETTLE_MS',
    description:
      'How long after an invalidation a list may not yet show it, because Elasticsearch refreshes its index once a second.',
    unit: 'ms',
    min: 0,
    max: 60_000,
  })
  readonly invalidationSettleMs: number = 1300;

  @IntegerSetting({
    name: 'LATCHKEY_RATE_READ_PER_SECOND',
    description: 'Reads a second for one caller at one replica. 0 is unlimited.',
    unit: '1/s',
    min: 0,
    max: 1_000_000,
  })
  readonly rateReadPerSecond: number = 500;

  @IntegerSetting({
    name: 'LATCHKEY_RATE_WRITE_PER_SECOND',
    description: 'Changes and invalidations a second for one caller at one replica. 0 is unlimited.',
    unit: '1/s',
    min: 0,
    max: 1_000_000,
  })
  readonly rateWritePerSecond: number = 100;

  @IntegerSetting({
    name: 'LATCHKEY_RATE_MINT_PER_SECOND',
    description: 'New keys a second for one caller at one replica. 0 is unlimited.',
    unit: '1/s',
    min: 0,
    max: 1_000_000,
  })
  readonly rateMintPerSecond: number = 100;

  @TimeSetting({
    name: 'LATCHKEY_MAX_KEY_LIFETIME',
    description: 'Longest life that a key may be given, as an Elasticsearch time value. Without it there is no limit.',
  })
  readonly maxKeyLifetime?: string;

  @BooleanSetting({
    name: 'LATCHKEY_REQUIRE_KEY_EXPIRATION',
    description: 'Refuses keys that never expire.',
  })
  readonly requireKeyExpiration: boolean = false;

  @TextSetting({
    name: 'LATCHKEY_TRACES_URL',
    description:
      'Where spans are sent by OTLP over HTTP, such as http://collector:4318/v1/traces. Without it there is no tracing. Spans hold no header, body, id or query.',
    pattern: /^https?:\/\/[A-Za-z0-9.:[\]-]{1,253}(\/[A-Za-z0-9._~/-]*)?$/,
    expects: 'an http:// or https:// address without user, query or fragment',
    optional: true,
  })
  readonly tracesUrl?: string;

  @IntegerSetting({
    name: 'LATCHKEY_TRACES_SAMPLE_PERCENT',
    description:
      'Share of the traces that begin here which are sent. Whoever sends traceparent has decided for its own.',
    unit: '%',
    min: 0,
    max: 100,
  })
  readonly tracesSamplePercent: number = 100;

  @BooleanSetting({ name: 'LATCHKEY_DOCS_ENABLED', description: 'Serves the API documentation at /docs.' })
  readonly docsEnabled: boolean = true;

  @IntegerSetting({
    name: 'LATCHKEY_SANDBOX_PORT',
    description: 'Port of the embedded sandbox, when it runs. 0 takes any free port.',
    min: 0,
    max: 65535,
  })
  readonly sandboxPort: number = 0;
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
  /** What is accepted: "an integer from 0 to 65535". */
  readonly expects: string;
  readonly secret: boolean;
  /** Name of the setting that names a file with the value; null when there is none. */
  readonly fileName: string | null;
}

/** All settings in the order of their declaration, for the documentation. */
export function describeSettings(): readonly SettingDescription[] {
  const defaults = new Map<string, unknown>(Object.entries(new Settings()));
  return settingDefinitions().map((definition) => ({
    name: definition.name,
    property: definition.property,
    kind: definition.kind,
    default: defaultText(definition.property, defaults.get(definition.property)),
    description: definition.description,
    unit: definition.unit ?? null,
    expects: definition.expects,
    secret: definition.secret,
    fileName: hasFileForm(definition) ? `${definition.name}_FILE` : null,
  }));
}

/** Whether the value may also come from a file that `NAME_FILE` names. */
export function hasFileForm(definition: { kind: SettingKind; environmentOnly: boolean }): boolean {
  return definition.kind !== 'file' && !definition.environmentOnly;
}

function defaultText(property: string, value: unknown): string | null {
  if (property === 'production') return 'development';
  if (Array.isArray(value)) return value.length > 0 ? value.join(',') : null;
  return typeof value === 'string' ? value : value === undefined ? null : JSON.stringify(value);
}
