import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { CredentialObserver } from '../../api-keys/credential-observer.js';
import { STATUS_QUERIES } from '../../api-keys/key-query.js';
import { Settings } from '../../config/settings.js';
import type { JsonRecord } from '../../elasticsearch/answer-shape.js';
import { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { safeText } from '../../errors/safe-text.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { CredentialAudit } from '../credential-audit.service.js';
import { leaseConditions, leaseOf } from '../keys/lease-metadata.js';
import { Revocations } from '../keys/revocations.js';
import { partsOfLeaseId } from '../leases/lease-reader.service.js';
import { ProfileStore } from '../profiles/profile-store.js';
import { SELECTORS, type RevokedLeasesResponse, type RevokeLeasesBody } from './operators.dto.js';

const PAGE = 1000;
const MAX_KEYS = 10_000;
/** Each call takes Elasticsearch about a second, however many keys it names. */
const CHUNK = 1000;
const MAX_ROUNDS = 4;
const MAX_REASON_LENGTH = 300;
const MAX_RECORDED_IDS = 1000;

/**
 * Ends many leases at once, with the operator's own credential. The keys that are alive at the beginning are listed
 * first and then ended, so that the new ones, which Envoys are given at once, are not among them.
 */
@Injectable()
export class LeaseRevoker {
  constructor(
    private readonly gateway: CallerGateway,
    private readonly revocations: Revocations,
    private readonly store: ProfileStore,
    private readonly audit: CredentialAudit,
    private readonly observer: CredentialObserver,
    private readonly settings: Settings,
  ) {}

  revoke(caller: AuthorizedCaller, body: RevokeLeasesBody): Promise<RevokedLeasesResponse> {
    const selection = SELECTORS.flatMap((name) => (body[name] === undefined ? [] : [`${name} ${body[name]}`])).join();
    const ended: string[] = [];
    return this.audit.watch(
      'leases.revoke-many',
      caller,
      { key_ids: ended, selection, reason: safeText(body.reason, MAX_REASON_LENGTH) },
      async () => {
        const { keys, complete } = await this.living(caller, conditionsOf(body));
        const dead = await this.end(caller, keys);
        ended.push(...dead.map(({ id }) => id).slice(0, MAX_RECORDED_IDS));
        return { found: keys.length, revoked: dead.length, complete };
      },
      ({ revoked }) => ({ count: revoked }),
    );
  }

  private async living({ credential }: AuthorizedCaller, conditions: readonly JsonRecord[]): Promise<{ keys: ElasticsearchKey[]; complete: boolean }> {
    const query = { bool: { filter: [...conditions, STATUS_QUERIES.active] } };
    const keys: ElasticsearchKey[] = [];
    for (let from = 0; from < MAX_KEYS; from += PAGE) {
      const page = await this.gateway.queryKeys(credential, { query, from, size: PAGE, sort: [{ creation: { order: 'asc' } }] });
      keys.push(...page.keys);
      if (page.keys.length < PAGE) return { keys, complete: true };
    }
    return { keys, complete: false };
  }

  private async end(caller: AuthorizedCaller, keys: readonly ElasticsearchKey[]): Promise<ElasticsearchKey[]> {
    const dead: ElasticsearchKey[] = [];
    for (let at = 0; at < keys.length; at += CHUNK) {
      const chunk = keys.slice(at, at + CHUNK);
      const alive = await this.endChunk(caller, chunk.map(({ id }) => id));
      const ended = chunk.filter(({ id }) => !alive.has(id));
      // At once, chunk by chunk: this replica's Envoys are given new keys while the rest is still being ended.
      for (const key of ended) this.revocations.add(key.id, key.expiration ?? Number.MAX_SAFE_INTEGER);
      for (const [profile, group] of Map.groupBy(ended, (key) => leaseOf(key.metadata)?.profile ?? '')) {
        this.observer.leaseChanged(this.store.find(profile) === undefined ? 'other' : profile, 'revoked', group.length);
      }
      dead.push(...ended);
    }
    return dead;
  }

  /** @returns the ids that are alive after all: a renewal that overlaps can bring a key back, and is ended again. */
  private async endChunk({ credential }: AuthorizedCaller, ids: readonly string[]): Promise<ReadonlySet<string>> {
    let open = [...ids];
    for (let round = 0; round < MAX_ROUNDS && open.length > 0; round += 1) {
      await this.gateway.invalidateKeys(credential, open, false);
      await sleep(this.settings.invalidationSettleMs);
      const query = { bool: { filter: [{ ids: { values: open } }, STATUS_QUERIES.active] } };
      open = (await this.gateway.queryKeys(credential, { query, size: CHUNK })).keys.map(({ id }) => id);
    }
    return new Set(open);
  }
}

function conditionsOf({ profile, namespace, subject, lease_id: leaseId }: RevokeLeasesBody): JsonRecord[] {
  if (leaseId === undefined) return leaseConditions({ ...(profile && { profile }), ...(namespace && { namespace }), ...(subject && { subject }) });
  const parts = partsOfLeaseId(leaseId);
  return [...leaseConditions({ profile: parts.profile }), { ids: { values: [parts.keyId] } }];
}
