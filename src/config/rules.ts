import { ConfigError } from './config-error.js';
import { isClearText } from './elasticsearch-url.js';
import { refuseMeshContradictions } from './mesh-rules.js';
import type { Settings } from './settings.js';

/** Refuses settings that are good one by one and wrong together. */
export function refuseContradictions(settings: Settings): void {
  refuseUnsafeProduction(settings);
  refuseHalfIdentity(settings);
  refuseProfilesWithoutIdentity(settings);
  refuseMeshContradictions(settings);
  if (settings.port !== 0 && settings.port === settings.metricsPort) {
    throw new ConfigError('LATCHKEY_METRICS_PORT', 'must differ from LATCHKEY_PORT');
  }
  // Node refuses this pair when it creates the server, without naming a setting.
  if (settings.headersTimeoutMs > settings.requestTimeoutMs) {
    throw new ConfigError('LATCHKEY_HEADERS_TIMEOUT_MS', 'must not be more than LATCHKEY_REQUEST_TIMEOUT_MS');
  }
  if (settings.drainMs >= settings.shutdownTimeoutMs) {
    throw new ConfigError('LATCHKEY_DRAIN_MS', 'must be less than LATCHKEY_SHUTDOWN_TIMEOUT_MS, which includes it');
  }
}

function refuseUnsafeProduction(settings: Settings): void {
  if (!settings.production) return;
  if (settings.elasticsearchUrls.length === 0) {
    throw new ConfigError('ELASTICSEARCH_URL', 'must be set, since the embedded sandbox is never used in production');
  }
  if (settings.elasticsearchUrls.some(isClearText) && !settings.allowInsecureElasticsearch) {
    throw new ConfigError(
      'ELASTICSEARCH_URL',
      'must be https:// when NODE_ENV is production, unless LATCHKEY_ALLOW_INSECURE_ELASTICSEARCH is true',
    );
  }
  if (!settings.elasticsearchTlsVerify) {
    throw new ConfigError(
      'ELASTICSEARCH_TLS_VERIFY',
      'must be true when NODE_ENV is production; name the certificate authority in ELASTICSEARCH_CA_FILE',
    );
  }
}

function refuseHalfIdentity(settings: Settings): void {
  const { elasticsearchServiceUsername: username, elasticsearchServicePassword: password } = settings;
  if (settings.elasticsearchServiceToken !== undefined && (username !== undefined || password !== undefined)) {
    throw new ConfigError(
      'ELASTICSEARCH_SERVICE_TOKEN',
      'must not be set together with ELASTICSEARCH_SERVICE_USERNAME and ELASTICSEARCH_SERVICE_PASSWORD',
    );
  }
  if (username !== undefined && password === undefined) {
    throw new ConfigError('ELASTICSEARCH_SERVICE_PASSWORD', 'must be set when ELASTICSEARCH_SERVICE_USERNAME is');
  }
  if (username === undefined && password !== undefined) {
    throw new ConfigError('ELASTICSEARCH_SERVICE_USERNAME', 'must be set when ELASTICSEARCH_SERVICE_PASSWORD is');
  }
}

function refuseProfilesWithoutIdentity({
  profilesFile,
  elasticsearchServiceToken,
  elasticsearchServiceUsername,
}: Settings): void {
  if (
    profilesFile === undefined ||
    elasticsearchServiceToken !== undefined ||
    elasticsearchServiceUsername !== undefined
  )
    return;
  throw new ConfigError(
    'LATCHKEY_PROFILES_FILE',
    'needs a service identity that makes the keys: set ELASTICSEARCH_SERVICE_USERNAME and ' +
      'ELASTICSEARCH_SERVICE_PASSWORD, or ELASTICSEARCH_SERVICE_TOKEN',
  );
}
