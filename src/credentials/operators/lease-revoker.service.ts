import { Injectable } from '@nestjs/common';
import { CredentialObserver } from '../../telemetry/credential-observer.js';
import { filterClauses, type FilterTable } from '../../keys/reading/key-filters.js';
import { KeyEnder } from '../../keys/ending/key-ender.service.js';
import { STATUS_QUERIES } from '../../keys/reading/key-query.js';
import { audited, type Audited } from '../../audit/audited.js';
import type { JsonRecord } from '../../json/json-record.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import type { ElasticsearchKey, InvalidationResult } from '../../elasticsearch/elasticsearch-types.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { LEASE_FILTERS, leaseOf, LEASES } from '../keys/lease-metadata.js';
import { Revocations } from '../keys/revocations.js';
import { PAGE, walkKeys } from '../keys/walk-keys.js';
import { partsOfLeaseId } from '../leases/lease-reader.service.js';
import { ProfileStore } from '../profiles/profile-store.js';
import { SELECTORS, type RevokeLeasesBody } from './operators.dto.js';
import type { RevokedLeasesResponse } from './operators.responses.dto.js';

const MAX_RECORDED_IDS = 1000;

const SELECTIONS: FilterTable<Pick<RevokeLeasesBody, (typeof SELECTORS)[number]>> = {
  ...LEASE_FILTERS,
  lease_id: (leaseId) => {
    const { profile, keyId } = partsOfLeaseId(leaseId);
    return [...filterClauses(LEASE_FILTERS, { profile }), { ids: { values: [keyId] } }];
  },
};

/** What the audit event says of the keys, also when the work fails half way. */
interface Tally {
  keyIds: string[];
  count: number;
}

/**
 * Ends many leases at once, with the operator's own credential. Only those that are alive at the beginning, so that the
 * new ones, which Envoys are given at once, are not among them.
 */
@Injectable()
export class LeaseRevoker {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly revocations: Revocations,
    private readonly store: ProfileStore,
    private readonly observer: CredentialObserver,
    private readonly ender: KeyEnder,
  ) {}

  revoke(caller: AuthorizedCaller, body: RevokeLeasesBody): Audited<RevokedLeasesResponse> {
    const selection = SELECTORS.flatMap((name) => (body[name] === undefined ? [] : [`${name} ${body[name]}`])).join();
    const subject = { keyIds: [], count: 0, selection, reason: body.reason };
    return audited(subject, () => this.endAll(caller, [...LEASES, ...filterClauses(SELECTIONS, body)], subject));
  }

  private async endAll(
    caller: AuthorizedCaller,
    conditions: readonly JsonRecord[],
    tally: Tally,
  ): Promise<RevokedLeasesResponse> {
    const ids: string[] = [];
    for await (const page of this.living(caller, conditions)) {
      await this.end(caller, page, tally);
      ids.push(...page.map(({ id }) => id));
    }
    const alive = await this.makeSure(caller, ids);
    tally.keyIds = tally.keyIds.filter((id) => !alive.has(id));
    tally.count -= alive.size;
    return { found: ids.length, revoked: tally.count, complete: alive.size === 0 };
  }

  /**
   * Those made after the newest that is alive now are left out; by its time, since that is of Elasticsearch's clock.
   */
  private async *living(
    { credential }: AuthorizedCaller,
    conditions: readonly JsonRecord[],
  ): AsyncGenerator<ElasticsearchKey[], void> {
    const active = [...conditions, STATUS_QUERIES.active];
    const { keys } = await this.gateway.queryKeys(credential, {
      query: { bool: { filter: active } },
      size: 1,
      sort: [{ creation: { order: 'desc' } }],
    });
    const [newest] = keys;
    if (newest === undefined) return;
    const upToNow = { range: { creation: { lte: newest.creation } } };
    yield* walkKeys((query) => this.gateway.queryKeys(credential, query), [...active, upToNow], 'creation');
  }

  private async end({ credential }: AuthorizedCaller, keys: readonly ElasticsearchKey[], tally: Tally): Promise<void> {
    const ids = keys.map(({ id }) => id);
    await this.gateway.invalidateKeys(credential, ids, false);
    tally.count += ids.length;
    tally.keyIds.push(...ids.slice(0, MAX_RECORDED_IDS - tally.keyIds.length));
    // At once, page by page: this replica's Envoys are given new keys while the rest is still being ended.
    for (const key of keys) this.revocations.add(key.id, key.expiration ?? Number.MAX_SAFE_INTEGER);
    for (const [profile, group] of Map.groupBy(keys, (key) => leaseOf(key.metadata)?.profile ?? '')) {
      this.observer.leaseChanged(this.store.find(profile) === undefined ? 'other' : profile, 'revoked', group.length);
    }
  }

  /** @returns the ids that are alive after all: a renewal that overlaps can bring a key back, and is ended again. */
  private async makeSure(caller: AuthorizedCaller, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const invalidate = async (some: readonly string[]): Promise<InvalidationResult> => {
      const all: InvalidationResult = { invalidated: [], previouslyInvalidated: [], errors: [] };
      for (let at = 0; at < some.length; at += PAGE) {
        const chunk = some.slice(at, at + PAGE);
        const ended = await this.gateway.invalidateKeys(caller.credential, chunk, false);
        all.invalidated.push(...ended.invalidated);
        all.previouslyInvalidated.push(...ended.previouslyInvalidated);
        all.errors.push(...ended.errors);
      }
      return all;
    };
    const endings = await this.ender.confirmEnded({ invalidate }, ids);
    return new Set(ids.filter((id) => endings.get(id) !== 'dead'));
  }
}
