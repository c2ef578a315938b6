import { ISTIO_AGENT_CLUSTER, LATCHKEY_CLUSTER, latchkeyCluster } from './clusters.js';
import { keyInjector } from './credential-injector.js';
import { typed, type NamedConfig } from './envoy-types.js';
import { kubernetesName } from './kubernetes-name.js';
import type { EnvoyConfigParameters, EnvoyProfile } from './parameters.js';

/**
 * An EnvoyFilter that makes Istio's own sidecar inject the key. The listener of a port serves every host of the mesh
 * that is called on it, so the filter is off there and on for Elasticsearch's virtual host alone: else any other host
 * on that port would be sent the key.
 */
export function envoyFilter(profile: EnvoyProfile, parameters: EnvoyConfigParameters): Record<string, unknown> {
  const { workload_label: label = '', elasticsearch_host: host, elasticsearch_port: port = 9200 } = parameters;
  const at = label.indexOf('=');
  const filter: NamedConfig = {
    ...keyInjector(profile, parameters, LATCHKEY_CLUSTER),
    name: `latchkey.${profile.name}`,
    disabled: true,
  };
  const switchedOn = { [filter.name]: typed('config.route.v3.FilterConfig', { config: {} }) };
  const manager = {
    name: 'envoy.filters.network.http_connection_manager',
    subFilter: { name: 'envoy.filters.http.router' },
  };
  return {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name: kubernetesName(`latchkey-${profile.name}`) },
    spec: {
      workloadSelector: { labels: { [label.slice(0, at)]: label.slice(at + 1) } },
      configPatches: [
        patch('CLUSTER', {}, 'ADD', latchkeyCluster({ ...parameters, identity: 'agent' }, ISTIO_AGENT_CLUSTER)),
        patch(
          'HTTP_FILTER',
          { listener: { portNumber: port, filterChain: { filter: manager } } },
          'INSERT_BEFORE',
          filter,
        ),
        patch('VIRTUAL_HOST', { routeConfiguration: { vhost: { name: `${host}:${port}` } } }, 'MERGE', {
          typed_per_filter_config: switchedOn,
        }),
      ],
    },
  };
}

function patch(applyTo: string, match: object, operation: string, value: object): Record<string, unknown> {
  return { applyTo, match: { context: 'SIDECAR_OUTBOUND', ...match }, patch: { operation, value } };
}
