import { Injectable } from '@nestjs/common';
import type { Key } from '../../keys/model/key-model.js';
import { KeyReader } from '../../keys/reading/key-reader.service.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { leaseConditions, leaseOf } from '../keys/lease-metadata.js';
import { leaseIdOf } from '../leases/lease-reader.service.js';
import type { LeaseItem, LeaseListQuery, LeaseListResponse } from './operators.dto.js';

/** Leases as an operator sees them, read with the operator's own credential. */
@Injectable()
export class LeaseList {
  constructor(private readonly reader: KeyReader) {}

  async list(
    caller: AuthorizedCaller,
    { profile, subject, namespace, status, sort = '-creation', size = 50, cursor }: LeaseListQuery,
  ): Promise<LeaseListResponse> {
    const conditions = leaseConditions({
      ...(profile && { profile }),
      ...(subject && { subject }),
      ...(namespace && { namespace }),
    });
    const page = await this.reader.list(caller, 'managed', {
      filters: { ...(status && { status }) },
      conditions,
      sort,
      size,
      ...(cursor !== undefined && { cursor }),
    });
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
