import { ConfigError } from './config-error.js';
import type { Settings } from './settings.js';

/** Refuses settings of the mesh port that are good one by one and wrong together. */
export function refuseMeshContradictions(settings: Settings): void {
  const { allowInsecureIssuers, meshTrustDomains, meshXfccTrusted, meshPort, port, metricsPort, production } = settings;
  if (production && allowInsecureIssuers)
    throw new ConfigError('LATCHKEY_ALLOW_INSECURE_ISSUERS', 'must be false when NODE_ENV is production');
  const foreign = meshXfccTrusted.some((id) => !meshTrustDomains.includes(new URL(id).host));
  if (foreign)
    throw new ConfigError('LATCHKEY_MESH_XFCC_TRUSTED', 'must name SPIFFE ids of LATCHKEY_MESH_TRUST_DOMAINS only');
  if (settings.meshClientCaFile === undefined) return;
  if (meshTrustDomains.length === 0)
    throw new ConfigError(
      'LATCHKEY_MESH_TRUST_DOMAINS',
      'must be set for the mesh port, since an authority alone does not say whose workloads are meant',
    );
  if (meshPort !== 0 && (meshPort === port || meshPort === metricsPort))
    throw new ConfigError('LATCHKEY_MESH_PORT', 'must differ from LATCHKEY_PORT and LATCHKEY_METRICS_PORT');
}
