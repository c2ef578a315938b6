import { load } from 'js-yaml';

interface Backend {
  /** As the application calls it. */
  host: string;
  /** On 127.0.0.1. */
  port: number;
}

/**
 * A bootstrap in the form of an Istio sidecar's, with the patches of an EnvoyFilter applied: one listener for a port,
 * and behind it a virtual host for each service that is called on that port.
 */
export function istioSidecar(envoyFilter: string, agentSocket: string, backends: Backend[]): object {
  const { spec } = load(envoyFilter) as {
    spec: { configPatches: Array<{ applyTo: string; match: ReturnType<typeof JSON.parse>; patch: { value: object } }> };
  };
  const of = (applyTo: string): { match: ReturnType<typeof JSON.parse>; value: object } => {
    const found = spec.configPatches.find((patch) => patch.applyTo === applyTo);
    if (found === undefined) throw new Error(`no patch of ${applyTo}`);
    return { match: found.match, value: found.patch.value };
  };
  const hostOf = ({ host }: Backend): string => `${host}:${of('HTTP_FILTER').match.listener.portNumber}`;
  const vhost = of('VIRTUAL_HOST');
  const virtualHosts = backends.map((backend) => ({
    name: hostOf(backend),
    domains: [hostOf(backend)],
    routes: [{ match: { prefix: '/' }, route: { cluster: backend.host } }],
    ...(vhost.match.routeConfiguration.vhost.name === hostOf(backend) && vhost.value),
  }));
  const manager = {
    '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    stat_prefix: 'outbound',
    route_config: { virtual_hosts: virtualHosts },
    http_filters: [
      of('HTTP_FILTER').value,
      {
        name: 'envoy.filters.http.router',
        typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
      },
    ],
  };
  const agent = {
    ...cluster('sds-grpc', { pipe: { path: agentSocket } }),
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
  };
  return {
    node: { id: 'sidecar~10.0.0.1~orders.shop~shop.svc.cluster.local', cluster: 'orders.shop' },
    admin: { address: address(0) },
    static_resources: {
      listeners: [
        {
          name: 'outbound',
          address: address(0),
          filter_chains: [
            { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
          ],
        },
      ],
      clusters: [of('CLUSTER').value, agent, ...backends.map(({ host, port }) => cluster(host, address(port)))],
    },
  };
}

function cluster(name: string, address: object): object {
  return {
    name,
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}

function address(port: number): object {
  return { socket_address: { address: '127.0.0.1', port_value: port } };
}
