import type { UpstreamCredential } from './credential.js';
import type { ElasticsearchLicense } from './elasticsearch-types.js';
import { readLicense } from './license-reading.js';
import type { Upstream } from './upstream.js';

/**
 * What the service does in Elasticsearch with its own identity, and nothing else. Nothing here acts for a caller by
 * accident: a method that would must say for whom.
 */
export class ServiceGateway {
  constructor(
    private readonly upstream: Upstream,
    private readonly credential: UpstreamCredential | undefined,
    private readonly timeoutMs: number,
  ) {}

  /** Whether a service identity is configured. */
  get available(): boolean {
    return this.credential !== undefined;
  }

  /** @returns undefined without a service identity. @throws ServiceError */
  async license(): Promise<ElasticsearchLicense | undefined> {
    return this.credential && readLicense(this.upstream, this.credential, this.timeoutMs);
  }
}
