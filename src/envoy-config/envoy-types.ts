/** What of Envoy's configuration API (v3) is used here. Durations are texts like `30s`. */
export type Duration = `${number}s`;

/** A message of any type, by its name. */
export interface TypedConfig {
  '@type': `type.googleapis.com/${string}`;
  [field: string]: unknown;
}

export interface NamedConfig {
  name: string;
  typed_config: TypedConfig;
  /** In an HTTP filter chain: off unless a route switches it on. */
  disabled?: boolean;
}

export interface SocketAddress {
  socket_address: { address: string; port_value: number };
}

export interface Cluster {
  name: string;
  type: 'STATIC' | 'STRICT_DNS';
  dns_lookup_family?: 'V4_PREFERRED';
  connect_timeout: Duration;
  load_assignment: {
    cluster_name: string;
    endpoints: [{ lb_endpoints: [{ endpoint: { address: SocketAddress | { pipe: { path: string } } } }] }];
  };
  typed_extension_protocol_options?: Record<string, TypedConfig>;
  transport_socket?: NamedConfig;
}

export interface Listener {
  name: string;
  address: SocketAddress;
  filter_chains: [{ filters: [NamedConfig] }];
}

export interface EnvoyBootstrap {
  node: { id: string; cluster: string };
  admin?: { address: SocketAddress };
  static_resources: { listeners: Listener[]; clusters: Cluster[] };
}

/** The body of a file that `path_config_source` names: one secret, for a file of two is refused whole. */
export interface SecretFile {
  resources: [TypedConfig];
}

const TYPES = 'type.googleapis.com/envoy';

export function typed(name: string, fields: Record<string, unknown>): TypedConfig {
  return { '@type': `${TYPES}.${name}`, ...fields };
}

export function seconds(count: number): Duration {
  return `${count}s`;
}
