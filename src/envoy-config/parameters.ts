export const CONFIG_PARTS = ['bootstrap', 'certificate', 'authorities', 'token', 'config_map', 'envoy_filter'] as const;
export type ConfigPart = (typeof CONFIG_PARTS)[number];

export const IDENTITY_SOURCES = ['files', 'agent', 'token'] as const;
export type IdentitySource = (typeof IDENTITY_SOURCES)[number];

/** What of a profile shows in the configuration. */
export interface EnvoyProfile {
  /** Becomes the name of the secret that Envoy asks for. */
  name: string;
  /**
   * `encoded`: Envoy puts "ApiKey " before the value; `authorization`: the value has it. Both or neither would be a
   * 401.
   */
  headerValue: 'encoded' | 'authorization';
}

/** What EnvoyConfigQuery holds: see there. */
export interface EnvoyConfigParameters {
  part?: ConfigPart;
  identity?: IdentitySource;
  node_id?: string;
  node_cluster?: string;
  latchkey_host: string;
  latchkey_port?: number;
  latchkey_name?: string;
  latchkey_spiffe_id?: string;
  latchkey_tls?: boolean;
  certificate_file?: string;
  key_file?: string;
  authorities_file?: string;
  token_file?: string;
  agent_socket?: string;
  agent_certificate?: string;
  agent_authorities?: string;
  elasticsearch_host: string;
  elasticsearch_port?: number;
  elasticsearch_tls?: boolean;
  elasticsearch_name?: string;
  elasticsearch_ca_file?: string;
  listener_port?: number;
  admin_port?: number;
  config_folder?: string;
  refresh_delay?: number;
  request_timeout?: number;
  workload_label?: string;
}

export type SecretFileName = 'certificate' | 'authorities' | 'token';

/** The files that a bootstrap with these parameters needs beside it. */
export function secretFileNames({
  identity = 'files',
  latchkey_tls: latchkeyTls,
}: EnvoyConfigParameters): SecretFileName[] {
  if (identity === 'agent') return [];
  if (identity === 'files') return ['certificate', 'authorities'];
  return latchkeyTls === false ? ['token'] : ['token', 'authorities'];
}
