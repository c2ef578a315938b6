import { Injectable } from '@nestjs/common';
import type { Key } from '../../keys/model/key-model.js';
import { KeyReader } from '../../keys/reading/key-reader.service.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { LEASE_FILTERS, leaseOf, LEASES } from '../keys/lease-metadata.js';
import { leaseIdOf } from '../leases/lease-reader.service.js';
import type { LeaseListQuery } from './operators.dto.js';
import type { LeaseItem, LeaseListResponse } from './operators.responses.dto.js';

/** Leases as an operator sees them, read with the operator's own credential. */
@Injectable()
export class LeaseList {
  constructor(private readonly reader: KeyReader) {}

  async list(caller: AuthorizedCaller, query: LeaseListQuery): Promise<LeaseListResponse> {
    const page = await this.reader.list(caller, { kind: 'managed', conditions: LEASES, filters: LEASE_FILTERS }, query);
    return { ...page, items: page.items.flatMap(toItem) };
  }
}

function toItem({ id, metadata, status, created_at, expires_at, invalidated_at, username }: Key): LeaseItem[] {
  const lease = leaseOf(metadata);
  if (lease === undefined) return [];
  return [
    {
      lease_id: leaseIdOf(lease.profile, id),
      profile: lease.profile,
      key_id: id,
      subject: lease.subject,
      namespace: lease.namespace ?? null,
      instance: lease.instance ?? null,
      source: lease.source,
      status,
      created_at,
      expires_at,
      max_until: new Date(lease.maxUntil).toISOString(),
      invalidated_at,
      username,
    },
  ];
}
