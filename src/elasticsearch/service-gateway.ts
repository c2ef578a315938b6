import { randomUUID } from 'node:crypto';
import { ServiceError } from '../errors/service-error.js';
import type { JsonRecord } from './answer-shape.js';
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

  /** Appends a document to an index or data stream of the operator's choice (the audit trail). @throws ServiceError */
  async appendDocument(index: string, document: JsonRecord): Promise<void> {
    await this.upstream.call({
      endpoint: 'append_document',
      method: 'POST',
      path: `/${encodeURIComponent(index)}/_create/${randomUUID()}`,
      body: document,
      credential: this.required(),
      timeoutMs: this.timeoutMs,
      retry: false,
    });
  }

  /** @returns undefined without a service identity. @throws ServiceError */
  async license(): Promise<ElasticsearchLicense | undefined> {
    return this.credential && readLicense(this.upstream, this.credential, this.timeoutMs);
  }

  private required(): UpstreamCredential {
    if (this.credential === undefined) throw new ServiceError('service-identity.missing', 'This needs an identity of the service itself, and none is configured.');
    return this.credential;
  }
}
