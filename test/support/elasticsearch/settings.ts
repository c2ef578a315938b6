import type { ElasticsearchTarget, StartOptions } from './types.ts';

/** What every node of the harness has in elasticsearch.yml, whatever it runs in; options.settings win. */
export function nodeSettings(target: ElasticsearchTarget, options: StartOptions): Record<string, string> {
  return {
    'discovery.type': 'single-node',
    'xpack.security.enabled': 'true',
    'xpack.security.http.ssl.enabled': 'false',
    'xpack.license.self_generated.type': target.license,
    // Off by default where HTTP has no TLS; a bearer caller needs it.
    'xpack.security.authc.token.enabled': 'true',
    'xpack.security.authc.token.timeout': '1h',
    'cluster.routing.allocation.disk.threshold_enabled': 'false',
    ...options.settings,
  };
}
