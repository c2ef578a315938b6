import { seconds, typed, type NamedConfig } from './envoy-types.js';
import type { EnvoyConfigParameters, EnvoyProfile } from './parameters.js';
import { fileSecret } from './secret-sources.js';

const INJECTOR = 'envoy.filters.http.credential_injector';

/**
 * Puts the key of the profile into every request, in place of what the application sent. Without a key a request is
 * answered 401 by Envoy and goes no further.
 */
export function keyInjector(profile: EnvoyProfile, parameters: EnvoyConfigParameters, cluster: string): NamedConfig {
  const source = {
    api_type: 'REST',
    transport_api_version: 'V3',
    cluster_names: [cluster],
    // Envoy divides by it: 0 is a crash at the first answer, and nothing says so before.
    refresh_delay: seconds(parameters.refresh_delay ?? 1),
    request_timeout: seconds(parameters.request_timeout ?? 30),
  };
  return injector({
    ...(profile.headerValue === 'encoded' && { header_value_prefix: 'ApiKey ' }),
    credential: {
      name: profile.name,
      sds_config: { resource_api_version: 'V3', initial_fetch_timeout: '15s', api_config_source: source },
    },
  });
}

/** Puts the token of the sidecar into what Envoy asks Latchkey. */
export function bearerInjector(parameters: EnvoyConfigParameters): NamedConfig {
  return injector({ header_value_prefix: 'Bearer ', credential: fileSecret('token', parameters) });
}

function injector(generic: Record<string, unknown>): NamedConfig {
  return {
    name: INJECTOR,
    typed_config: typed('extensions.filters.http.credential_injector.v3.CredentialInjector', {
      // allow_request_without_credential stays false: it would also let the application's own header through.
      overwrite: true,
      credential: {
        name: 'envoy.http.injected_credentials.generic',
        typed_config: typed('extensions.http.injected_credentials.generic.v3.Generic', generic),
      },
    }),
  };
}
