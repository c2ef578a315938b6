import { looksLikeAddress } from './contradictions.js';
import { bearerInjector } from './credential-injector.js';
import { typed, type Cluster, type NamedConfig, type TypedConfig } from './envoy-types.js';
import type { EnvoyConfigParameters } from './parameters.js';
import { agentSecret, fileSecret } from './secret-sources.js';

export const LATCHKEY_CLUSTER = 'latchkey';
export const ELASTICSEARCH_CLUSTER = 'elasticsearch';
export const AGENT_CLUSTER = 'identity_agent';
/** The cluster of Istio's own bootstrap that leads to its agent. */
export const ISTIO_AGENT_CLUSTER = 'sds-grpc';

const DEFAULT_CA_FILE = '/etc/ssl/certs/ca-certificates.crt';
const HTTP_OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
const TLS = { name: 'envoy.transport_sockets.tls', type: 'extensions.transport_sockets.tls.v3.UpstreamTlsContext' };
/** Envoy as a client offers 1.2 at most unless told. */
const TLS_PARAMS = { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' };

/** Where secrets come from. `agentCluster` is named only where there is one. */
export function latchkeyCluster(parameters: EnvoyConfigParameters, agentCluster: string): Cluster {
  const port = parameters.latchkey_port ?? (parameters.identity === 'token' ? 8080 : 8443);
  const filters = parameters.identity === 'token' ? [bearerInjector(parameters), upstreamCodec()] : undefined;
  return {
    ...cluster(LATCHKEY_CLUSTER, parameters.latchkey_host, port),
    typed_extension_protocol_options: httpOptions({
      // A kept connection never shows a renewed client certificate.
      common_http_protocol_options: { max_connection_duration: '300s' },
      ...(filters !== undefined && { http_filters: filters }),
    }),
    ...(parameters.latchkey_tls !== false && { transport_socket: latchkeyTls(parameters, agentCluster) }),
  };
}

export function elasticsearchCluster(parameters: EnvoyConfigParameters): Cluster {
  const name = parameters.elasticsearch_name ?? parameters.elasticsearch_host;
  const validation = {
    trusted_ca: { filename: parameters.elasticsearch_ca_file ?? DEFAULT_CA_FILE },
    match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: name } }],
  };
  return {
    ...cluster(ELASTICSEARCH_CLUSTER, parameters.elasticsearch_host, parameters.elasticsearch_port ?? 9200),
    typed_extension_protocol_options: httpOptions({}),
    ...(parameters.elasticsearch_tls !== false && {
      transport_socket: tls({
        sni: name,
        common_tls_context: { tls_params: TLS_PARAMS, validation_context: validation },
      }),
    }),
  };
}

/** The socket of a SPIRE or Istio agent, which speaks gRPC. */
export function agentCluster(socket: string): Cluster {
  return {
    name: AGENT_CLUSTER,
    type: 'STATIC',
    connect_timeout: '2s',
    load_assignment: assignment(AGENT_CLUSTER, { pipe: { path: socket } }),
    typed_extension_protocol_options: {
      [HTTP_OPTIONS]: typed('extensions.upstreams.http.v3.HttpProtocolOptions', {
        explicit_http_config: { http2_protocol_options: {} },
      }),
    },
  };
}

function latchkeyTls(parameters: EnvoyConfigParameters, agent: string): NamedConfig {
  const name = parameters.latchkey_name ?? parameters.latchkey_host;
  const expected =
    parameters.latchkey_spiffe_id === undefined
      ? { san_type: 'DNS', exact: name }
      : { san_type: 'URI', exact: parameters.latchkey_spiffe_id };
  const {
    identity = 'files',
    agent_certificate: certificate = 'default',
    agent_authorities: authorities = 'ROOTCA',
  } = parameters;
  const certificateSource =
    identity === 'agent' ? agentSecret(certificate, agent) : fileSecret('certificate', parameters);
  return tls({
    sni: name,
    // A resumed session would be one of the certificate before.
    max_session_keys: 0,
    common_tls_context: {
      tls_params: TLS_PARAMS,
      ...(identity !== 'token' && { tls_certificate_sds_secret_configs: [certificateSource] }),
      combined_validation_context: {
        // The authorities alone would let any certificate of theirs be Latchkey.
        default_validation_context: {
          match_typed_subject_alt_names: [{ san_type: expected.san_type, matcher: { exact: expected.exact } }],
        },
        validation_context_sds_secret_config:
          identity === 'agent' ? agentSecret(authorities, agent) : fileSecret('authorities', parameters),
      },
    },
  });
}

function cluster(name: string, host: string, port: number): Cluster {
  const address = { socket_address: { address: host, port_value: port } };
  return {
    name,
    ...(looksLikeAddress(host) ? { type: 'STATIC' } : { type: 'STRICT_DNS', dns_lookup_family: 'V4_PREFERRED' }),
    connect_timeout: '2s',
    load_assignment: assignment(name, address),
  };
}

function assignment(
  name: string,
  address: Cluster['load_assignment']['endpoints'][0]['lb_endpoints'][0]['endpoint']['address'],
): Cluster['load_assignment'] {
  return { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] };
}

function httpOptions(fields: Record<string, unknown>): Record<string, TypedConfig> {
  return {
    [HTTP_OPTIONS]: typed('extensions.upstreams.http.v3.HttpProtocolOptions', {
      ...fields,
      explicit_http_config: { http_protocol_options: {} },
    }),
  };
}

function tls(fields: Record<string, unknown>): NamedConfig {
  return { name: TLS.name, typed_config: typed(TLS.type, fields) };
}

function upstreamCodec(): NamedConfig {
  return {
    name: 'envoy.filters.http.upstream_codec',
    typed_config: typed('extensions.filters.http.upstream_codec.v3.UpstreamCodec', {}),
  };
}
