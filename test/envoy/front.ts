import { ConfigFolder } from '../support/envoy/config.js';
import { startEnvoy } from '../support/envoy/index.js';
import type { Issued } from '../support/workload/certificates.js';

export interface Front {
  port: number;
  stop(): Promise<void>;
}

/**
 * An Envoy between sidecars and Latchkey, as a gateway is: it wants a client certificate, says whose it is in
 * X-Forwarded-Client-Cert, and shows `own` to Latchkey.
 */
export async function startFront(meshUrl: string, authority: string, server: Issued, own: Issued): Promise<Front> {
  const folder = new ConfigFolder();
  const ca = { filename: folder.write('ca.pem', authority) };
  const files = (name: string, { cert, key }: Issued): object => ({
    certificate_chain: { filename: folder.write(`${name}.pem`, cert) },
    private_key: { filename: folder.write(`${name}.key`, key) },
  });
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'front',
    forward_client_cert_details: 'SANITIZE_SET',
    set_current_client_cert_details: { uri: true },
    // Without it a poll would be cut after 15 seconds.
    route_config: {
      virtual_hosts: [
        {
          name: 'latchkey',
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, route: { cluster: 'latchkey', timeout: '0s' } }],
        },
      ],
    },
    http_filters: [
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
  const downstream = tls('DownstreamTlsContext', {
    require_client_certificate: true,
    common_tls_context: { tls_certificates: [files('server', server)], validation_context: { trusted_ca: ca } },
  });
  const upstream = tls('UpstreamTlsContext', {
    sni: 'localhost',
    common_tls_context: {
      tls_params: { tls_maximum_protocol_version: 'TLSv1_3' },
      tls_certificates: [files('client', own)],
      validation_context: {
        trusted_ca: ca,
        match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'localhost' } }],
      },
    },
  });
  const config = {
    node: { id: 'front', cluster: 'front' },
    admin: { address: address(0) },
    static_resources: {
      listeners: [
        {
          name: 'front',
          address: address(0),
          filter_chains: [
            {
              transport_socket: downstream,
              filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }],
            },
          ],
        },
      ],
      clusters: [
        {
          name: 'latchkey',
          type: 'STATIC',
          transport_socket: upstream,
          load_assignment: {
            cluster_name: 'latchkey',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(Number(new URL(meshUrl).port)) } }] }],
          },
        },
      ],
    },
  };
  const envoy = await startEnvoy(folder.write('envoy.yaml', JSON.stringify(config)));
  await envoy.ready(10_000);
  return {
    port: Number(new URL(await envoy.listener('front')).port),
    stop: async () => {
      await envoy.stop();
      folder.remove();
    },
  };
}

function tls(type: string, fields: object): object {
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: { '@type': `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${type}`, ...fields },
  };
}

function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
