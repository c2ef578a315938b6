import {
  AGENT_CLUSTER,
  agentCluster,
  ELASTICSEARCH_CLUSTER,
  elasticsearchCluster,
  LATCHKEY_CLUSTER,
  latchkeyCluster,
} from './clusters.js';
import { keyInjector } from './credential-injector.js';
import { typed, type EnvoyBootstrap, type Listener, type SocketAddress } from './envoy-types.js';
import type { EnvoyConfigParameters, EnvoyProfile } from './parameters.js';

const LISTENER = 'to_elasticsearch';
const DEFAULT_LISTENER_PORT = 9200;

/**
 * The bootstrap of an Envoy of its own. No metadata: nobody should take what Envoy says of itself for more than a
 * label.
 */
export function bootstrap(profile: EnvoyProfile, parameters: EnvoyConfigParameters): EnvoyBootstrap {
  const { node_id: id = '', node_cluster: cluster = '', admin_port: adminPort, agent_socket: socket } = parameters;
  return {
    node: { id, cluster },
    ...(adminPort !== undefined && { admin: { address: loopback(adminPort) } }),
    static_resources: {
      listeners: [listener(profile, parameters)],
      clusters: [
        latchkeyCluster(parameters, AGENT_CLUSTER),
        elasticsearchCluster(parameters),
        ...(socket === undefined ? [] : [agentCluster(socket)]),
      ],
    },
  };
}

function listener(profile: EnvoyProfile, parameters: EnvoyConfigParameters): Listener {
  const router = {
    name: 'envoy.filters.http.router',
    typed_config: typed('extensions.filters.http.router.v3.Router', {}),
  };
  const manager = typed('extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: LISTENER,
    route_config: { virtual_hosts: [{ name: ELASTICSEARCH_CLUSTER, domains: ['*'], routes: [route(parameters)] }] },
    // As a filter of the listener it waits for the first key before it opens; as one of the cluster it would start a
    // poll late.
    http_filters: [keyInjector(profile, parameters, LATCHKEY_CLUSTER), router],
  });
  return {
    name: LISTENER,
    address: loopback(parameters.listener_port ?? DEFAULT_LISTENER_PORT),
    filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] }],
  };
}

/**
 * No limit of time and no retry: how long a search may take, and whether a write may be sent twice, is the
 * application's to say.
 */
function route({
  elasticsearch_host: host,
  elasticsearch_port: port = 9200,
}: EnvoyConfigParameters): Record<string, unknown> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    match: { prefix: '/' },
    route: { cluster: ELASTICSEARCH_CLUSTER, timeout: '0s', host_rewrite_literal: authority },
  };
}

function loopback(port: number): SocketAddress {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
