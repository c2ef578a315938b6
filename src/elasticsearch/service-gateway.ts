import { randomUUID, type KeyObject } from 'node:crypto';
import { ServiceError } from '../errors/service-error.js';
import type { Caller } from '../identity/caller.js';
import type { ClusterPrivileges } from '../operations/cluster-privileges.js';
import type { JsonRecord } from '../json/json-record.js';
import type { ApiKeyEndpoints } from './api-key-endpoints.js';
import type { UpstreamCredential } from './credential.js';
import { deriveKey } from './derived-key.js';
import type { CreatedKey, ElasticsearchLicense, InvalidationResult, KeyPage } from './elasticsearch-types.js';
import { readLicense } from './license-reading.js';
import { ofService } from './service-refusal.js';
import { missingPrivileges, type PrivilegeQuestion } from './privilege-check.js';
import type { ServiceGrant } from './service-grant.js';
import type { Upstream } from './upstream.js';

export interface ServiceCallOptions {
  /** User that the service's identity acts as, itself when undefined; from configuration only. */
  runAs?: string | undefined;
}

/**
 * What the service does in Elasticsearch with its own identity, and nothing else. Nothing here acts for a caller by
 * accident: what changes keys takes the proof that it may.
 */
export class ServiceGateway {
  constructor(
    private readonly upstream: Upstream,
    private readonly endpoints: ApiKeyEndpoints<UpstreamCredential>,
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

  /** Who the service is in Elasticsearch, or whom it acts as. @throws ServiceError */
  async identity(options: ServiceCallOptions = {}): Promise<Caller> {
    return this.own(this.endpoints.authenticate(this.required(options)));
  }

  /** What the service may do in Elasticsearch. */
  async privileges(options: ServiceCallOptions = {}): Promise<ClusterPrivileges> {
    return this.own(this.endpoints.hasPrivileges(this.required(options)));
  }

  /**
   * Which of these privileges the service, or whom it acts as, lacks, in words. @throws ServiceError as
   * `missingPrivileges`.
   */
  missingPrivileges(question: PrivilegeQuestion, options: ServiceCallOptions = {}): Promise<string[]> {
    return this.own(missingPrivileges(this.upstream, this.required(options), question, this.timeoutMs));
  }

  /**
   * A key for `purpose` that all replicas with the same service identity come to; it changes with the service's secret.
   */
  deriveKey(purpose: string): Promise<KeyObject> {
    return deriveKey(this.required().authorization, purpose);
  }

  /** Makes a key of the service's own, listed at once. Sent once; the answer holds the secret. */
  async createKey(_grant: ServiceGrant, body: JsonRecord, options: ServiceCallOptions = {}): Promise<CreatedKey> {
    return this.own(this.endpoints.createKey(this.required(options), body, 'true'));
  }

  /** @returns whether anything changed. `key.not-found` for keys of anybody else. */
  async updateKey(
    _grant: ServiceGrant,
    id: string,
    body: JsonRecord,
    options: ServiceCallOptions = {},
  ): Promise<boolean> {
    return this.own(this.endpoints.updateKey(this.required(options), id, body));
  }

  /** Invalidates exactly these keys, and of these only the service's own. */
  async invalidateOwnKeys(
    _grant: ServiceGrant,
    ids: readonly string[],
    options: ServiceCallOptions = {},
  ): Promise<InvalidationResult> {
    return this.own(this.endpoints.invalidateKeys(this.required(options), ids, true));
  }

  /**
   * Invalidates exactly these keys, whoever owns them; for what the holder of a key asked for beforehand. Needs
   * `manage_api_key`.
   */
  async invalidateKeys(
    _grant: ServiceGrant<'deferred-revocations'>,
    ids: readonly string[],
  ): Promise<InvalidationResult> {
    return this.own(this.endpoints.invalidateKeys(this.required(), ids, false));
  }

  /** Keys that the service's identity can see: its own, or all when it may read them. */
  async queryKeys(body: JsonRecord, options: ServiceCallOptions & { withLimitedBy?: boolean } = {}): Promise<KeyPage> {
    return this.own(this.endpoints.queryKeys(this.required(options), body, options));
  }

  /** The refusals of Elasticsearch speak of the service here, not of whoever called it. */
  private async own<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw ofService(error);
    }
  }

  private required({ runAs }: ServiceCallOptions = {}): UpstreamCredential {
    if (this.credential === undefined)
      throw new ServiceError(
        'service-identity.missing',
        'This needs an identity of the service itself, and none is configured.',
      );
    return runAs === undefined ? this.credential : { ...this.credential, runAs };
  }
}
