import { Injectable } from '@nestjs/common';
import { isRecord, type JsonRecord } from '../../json/json-record.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { KEY_KINDS, KeyKinds, type KeyKind } from '../model/key-kind.js';
import { KEY_STATUSES, type KeyStatus } from '../model/key-model.js';
import { STATUS_QUERIES } from './key-query.js';

export interface KeySummary {
  total: number;
  by_type: Record<KeyKind, number>;
  by_status: Record<KeyStatus, number>;
  by_owner: Array<{ username: string; realm: string; count: number }>;
}

/** Owners and realms beyond this many are not listed. */
const MAX_OWNERS = 1000;
const MAX_REALMS = 50;

const aggregationsOf = (kinds: KeyKinds) => ({
  kinds: {
    filters: { filters: Object.fromEntries(KEY_KINDS.map((kind) => [kind, kinds.query(kind)])) },
    aggs: {
      statuses: { filters: { filters: STATUS_QUERIES } },
      owners: {
        terms: { field: 'username', size: MAX_OWNERS },
        aggs: { realms: { terms: { field: 'realm_name', size: MAX_REALMS } } },
      },
    },
  },
});

/** Counts for facets, over the keys that the caller can see: one aggregation, no key is read. */
@Injectable()
export class KeySummaries {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly kinds: KeyKinds,
  ) {}

  /** `total`, statuses and owners are of the given kind; `by_type` tells how many there are of every kind. */
  async summarize({ credential }: AuthorizedCaller, kind: KeyKind): Promise<KeySummary> {
    const { aggregations } = await this.gateway.queryKeys(credential, { size: 0, aggs: aggregationsOf(this.kinds) });
    const kinds = bucketsByName(aggregations['kinds']);
    const own = kinds[kind];
    const statuses = bucketsByName(own?.['statuses']);
    return {
      total: countOf(own),
      by_type: countsFor(KEY_KINDS, kinds),
      by_status: countsFor(KEY_STATUSES, statuses),
      by_owner: bucketList(own?.['owners']).flatMap((owner) =>
        bucketList(owner['realms']).map((realm) => ({
          username: String(owner['key']),
          realm: String(realm['key']),
          count: countOf(realm),
        })),
      ),
    };
  }
}

function countsFor<Name extends string>(
  names: readonly Name[],
  buckets: Record<string, JsonRecord>,
): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, countOf(buckets[name])])) as Record<Name, number>;
}

function bucketsByName(aggregation: unknown): Record<string, JsonRecord> {
  const buckets = isRecord(aggregation) ? aggregation['buckets'] : undefined;
  return isRecord(buckets) ? (buckets as Record<string, JsonRecord>) : {};
}

function bucketList(aggregation: unknown): JsonRecord[] {
  const buckets = isRecord(aggregation) ? aggregation['buckets'] : undefined;
  return Array.isArray(buckets) ? buckets.filter(isRecord) : [];
}

function countOf(bucket: JsonRecord | undefined): number {
  const count = bucket?.['doc_count'];
  return typeof count === 'number' ? count : 0;
}
