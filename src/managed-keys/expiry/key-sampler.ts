import { Injectable } from '@nestjs/common';
import { KEY_KINDS, KeyKinds } from '../../keys/model/key-kind.js';
import { KEY_STATUSES } from '../../keys/model/key-model.js';
import { STATUS_QUERIES } from '../../keys/reading/key-query.js';
import type { KeySample } from '../../telemetry/key-watch-observer.js';
import { NOT_OF_THE_SERVICE } from '../../keys/model/service-metadata.js';
import { isRecord } from '../../json/json-record.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';

/**
 * Counts keys, and finds the soonest expiry by manager (leases aside), among the keys that the service's identity can
 * see.
 */
@Injectable()
export class KeySampler {
  constructor(
    private readonly gateway: ServiceGateway,
    private readonly kinds: KeyKinds,
  ) {}

  async counts(): Promise<KeySample['counts']> {
    const filters = Object.fromEntries(
      KEY_KINDS.flatMap((type) =>
        KEY_STATUSES.map((status) => [
          `${type} ${status}`,
          { bool: { filter: [this.kinds.query(type), STATUS_QUERIES[status]] } },
        ]),
      ),
    );
    const { aggregations } = await this.gateway.queryKeys({ size: 0, aggs: { kinds: { filters: { filters } } } });
    const buckets = isRecord(aggregations['kinds']) ? aggregations['kinds']['buckets'] : undefined;
    return KEY_KINDS.flatMap((type) =>
      KEY_STATUSES.map((status) => ({ type, status, count: countAt(buckets, `${type} ${status}`) })),
    );
  }

  /** Labels of the rules only: what keys say of themselves is not bounded. */
  async soonestExpiry(): Promise<Map<string, number>> {
    const soonest = new Map<string, number>();
    for (const label of this.kinds.labels) {
      const filter = [
        this.kinds.query('managed'),
        this.kinds.ruleQueryOf(label),
        STATUS_QUERIES.active,
        NOT_OF_THE_SERVICE,
        { exists: { field: 'expiration' } },
      ];
      const { keys } = await this.gateway.queryKeys({
        query: { bool: { filter } },
        sort: [{ expiration: { order: 'asc' } }],
        size: 1,
      });
      const expiration = keys[0]?.expiration;
      if (expiration !== undefined) soonest.set(label, expiration);
    }
    return soonest;
  }
}

function countAt(buckets: unknown, name: string): number {
  const bucket: unknown = isRecord(buckets) ? buckets[name] : undefined;
  const count = isRecord(bucket) ? bucket['doc_count'] : undefined;
  return typeof count === 'number' ? count : 0;
}
