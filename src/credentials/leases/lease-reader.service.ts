import { Injectable } from '@nestjs/common';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { ServiceGrant } from '../../elasticsearch/service-grant.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../errors/service-error.js';
import type { WorkloadIdentity } from '../../workload-identity/workload-identity.js';
import { ActingIdentity } from '../keys/acting-identity.service.js';
import { leaseOf, type LeaseMetadata } from '../keys/lease-metadata.js';
import { ProfileStore } from '../profiles/profile-store.js';

/**
 * The profile first, since it says as whom the key is looked for. Neither part holds the other's separator at this
 * place.
 */
export function leaseIdOf(profile: string, keyId: string): string {
  return `${profile}.${keyId}`;
}

export function partsOfLeaseId(leaseId: string): { profile: string; keyId: string } {
  const dot = leaseId.lastIndexOf('.');
  return { profile: leaseId.slice(0, dot), keyId: leaseId.slice(dot + 1) };
}

export interface FoundLease {
  key: ElasticsearchKey;
  lease: LeaseMetadata;
  /** As whom the key is changed. */
  options: { runAs?: string };
  /** That the lease belongs to the workload that asks is why the service may change its key. */
  grant: ServiceGrant<'credentials'>;
}

/** Finds leases in Elasticsearch, which is where they are. */
@Injectable()
export class LeaseReader {
  constructor(
    private readonly gateway: ServiceGateway,
    private readonly actingIdentity: ActingIdentity,
    private readonly store: ProfileStore,
  ) {}

  /** @throws ServiceError `lease.not-found`, also for a lease of somebody else. */
  async require(leaseId: string, { subject }: WorkloadIdentity): Promise<FoundLease> {
    const { profile, keyId } = partsOfLeaseId(leaseId);
    const options = { runAs: this.store.find(profile)?.runAs };
    const conditions = [{ ids: { values: [keyId] } }, ...(await this.actingIdentity.conditions(options))];
    const { keys } = await this.gateway.queryKeys({ query: { bool: { filter: conditions } }, size: 1 }, options);
    const [key] = keys;
    const lease = key && leaseOf(key.metadata);
    if (key === undefined || lease === undefined || lease.profile !== profile || lease.subject !== subject) {
      throw new ServiceError('lease.not-found', 'There is no such lease, or it belongs to another workload.');
    }
    return { key, lease, options, grant: ServiceGrant.forOwnWork('credentials') };
  }
}
