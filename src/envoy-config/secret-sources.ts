import { dirname } from 'node:path/posix';
import { typed, type SecretFile, type TypedConfig } from './envoy-types.js';
import type { EnvoyConfigParameters, SecretFileName } from './parameters.js';

const SECRET = 'extensions.transport_sockets.tls.v3.Secret';
const DEFAULT_FOLDER = '/etc/envoy';

/** A secret that a file in `config_folder` describes. Only so does Envoy read certificates and tokens again. */
export function fileSecret(name: SecretFileName, parameters: EnvoyConfigParameters): Record<string, unknown> {
  const folder = parameters.config_folder ?? DEFAULT_FOLDER;
  const source = { path: `${folder}/${name}.yaml`, watched_directory: { path: folder } };
  return { name, sds_config: { resource_api_version: 'V3', path_config_source: source } };
}

/** A secret that the agent of SPIRE or Istio sends over gRPC. */
export function agentSecret(name: string, cluster: string): Record<string, unknown> {
  const source = {
    api_type: 'GRPC',
    transport_api_version: 'V3',
    set_node_on_first_message_only: true,
    grpc_services: [{ envoy_grpc: { cluster_name: cluster } }],
  };
  return { name, sds_config: { resource_api_version: 'V3', initial_fetch_timeout: '15s', api_config_source: source } };
}

/**
 * The content of the file that fileSecret names. Kubernetes replaces mounted files by a link of their folder: hence
 * watched_directory.
 */
export function secretFile(name: SecretFileName, parameters: EnvoyConfigParameters): SecretFile {
  return { resources: [secretOf(name, parameters)] };
}

function secretOf(name: SecretFileName, parameters: EnvoyConfigParameters): TypedConfig {
  if (name === 'token') {
    const { token_file: file = '/var/run/secrets/latchkey/token' } = parameters;
    return typed(SECRET, { name, generic_secret: { secret: watched(file) } });
  }
  if (name === 'authorities') {
    const { authorities_file: file = '/var/run/identity/ca.crt' } = parameters;
    return typed(SECRET, {
      name,
      validation_context: { trusted_ca: { filename: file }, watched_directory: { path: dirname(file) } },
    });
  }
  const { certificate_file: certificate = '/var/run/identity/tls.crt', key_file: key = '/var/run/identity/tls.key' } =
    parameters;
  const pair = {
    certificate_chain: { filename: certificate },
    private_key: { filename: key },
    watched_directory: { path: dirname(certificate) },
  };
  return typed(SECRET, { name, tls_certificate: pair });
}

function watched(filename: string): Record<string, unknown> {
  return { filename, watched_directory: { path: dirname(filename) } };
}
