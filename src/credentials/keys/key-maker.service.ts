import { Injectable } from '@nestjs/common';
import { CredentialObserver, type UpstreamCause } from '../../telemetry/credential-observer.js';
import { filterClauses } from '../../keys/reading/key-filters.js';
import { STATUS_QUERIES } from '../../keys/reading/key-query.js';
import { Auditor } from '../../audit/auditor.js';
import type { Profile } from '../../config/profiles/profile.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { ServiceGrant } from '../../elasticsearch/service-grant.js';
import { Secret } from '../../redaction/secret.js';
import { WindowLimiter } from '../../timing/window-limiter.js';
import { ProfileFit } from '../profiles/profile-fit.js';
import { bindingOf, type Holder } from './holder.js';
import { ActingIdentity } from './acting-identity.service.js';
import { LEASE_FILTERS, LEASES, newKeyBody } from './lease-metadata.js';
import type { LiveKey } from './live-key.js';
import { MintGate } from './mint-gate.js';
import { NotYet } from './not-yet.js';

const GRANT = ServiceGrant.forOwnWork('credentials');
/** In which new keys of a workload and profile are counted. */
const MINT_WINDOW_MS = 60_000;
const MAX_WORKLOADS = 20_000;
/** When a workload is at its limit of living keys, one may end soon. */
const LIMIT_RETRY_MS = 10_000;

/** Makes the keys of workloads, with the service's identity or as the user that the profile names. */
@Injectable()
export class KeyMaker {
  private readonly mints = new WindowLimiter(MINT_WINDOW_MS, MAX_WORKLOADS);

  constructor(
    private readonly gateway: ServiceGateway,
    private readonly actingIdentity: ActingIdentity,
    private readonly gate: MintGate,
    private readonly fit: ProfileFit,
    private readonly auditor: Auditor,
    private readonly observer: CredentialObserver,
  ) {}

  /**
   * A new key, recorded before anybody can have it.
   *
   * @param replaces id of the key that it takes over from.
   * @throws ServiceError `credential.not-ready`, `credential.limit`, `profile.unfit`, `audit.unavailable`,
   * `upstream.*`.
   */
  async make(holder: Holder, profile: Profile, cause: UpstreamCause, replaces?: string): Promise<LiveKey> {
    await this.fit.require(profile);
    return this.gate.run(profile.name, async () => {
      this.requireRate(holder, profile);
      await this.requireRoom(holder, profile, cause);
      const key = await this.create(holder, profile, cause);
      await this.record(holder, key, replaces);
      this.observer.leaseChanged(profile.name, replaces === undefined ? 'issued' : 'rotated', 1);
      return key;
    });
  }

  private async create(holder: Holder, profile: Profile, cause: UpstreamCause): Promise<LiveKey> {
    this.observer.upstreamCaused(cause);
    const created = await this.gateway.createKey(GRANT, newKeyBody(holder, profile, Date.now() + profile.maxTtlMs), {
      runAs: profile.runAs,
    });
    const expiresMs = created.expiration ?? Date.now() + profile.ttlMs;
    return {
      id: created.id,
      encoded: new Secret(created.encoded),
      expiresMs,
      firstExpiresMs: expiresMs,
      lifeMs: profile.ttlMs,
      binding: bindingOf(holder, profile),
      ...(profile.runAs !== undefined && { runAs: profile.runAs }),
      profile: profile.name,
      overRest: false,
    };
  }

  /** Counted by this replica. */
  private requireRate({ workload }: Holder, { name, limits }: Profile): void {
    const waitMs = this.mints.take(`${name}\n${workload.subject}`, limits.mintsPerMinute);
    if (waitMs === 0) return;
    throw new NotYet(
      'credential.limit',
      `This workload has been given ${limits.mintsPerMinute} new keys of the profile within a minute.`,
      Date.now() + waitMs,
    );
  }

  /** Counted in Elasticsearch, so over all replicas. */
  private async requireRoom({ workload }: Holder, profile: Profile, cause: UpstreamCause): Promise<void> {
    this.observer.upstreamCaused(cause);
    const conditions = [
      ...LEASES,
      ...filterClauses(LEASE_FILTERS, { profile: profile.name, subject: workload.subject }),
      ...(await this.actingIdentity.conditions({ runAs: profile.runAs })),
      STATUS_QUERIES.active,
    ];
    const { total } = await this.gateway.queryKeys(
      { query: { bool: { filter: conditions } }, size: 0 },
      { runAs: profile.runAs },
    );
    if (total < profile.limits.liveKeys) return;
    throw new NotYet(
      'credential.limit',
      `This workload has ${total} living keys of the profile, and ${profile.limits.liveKeys} are allowed.`,
      Date.now() + LIMIT_RETRY_MS,
    );
  }

  /** Nobody has the key yet. @throws ServiceError `audit.unavailable`; then the key is ended. */
  private async record({ profile, workload }: Holder, key: LiveKey, replaces: string | undefined): Promise<void> {
    try {
      await this.auditor.recordOwnWork({
        event: replaces === undefined ? 'lease.key-made' : 'lease.key-rotated',
        keyIds: replaces === undefined ? [key.id] : [key.id, replaces],
        profile,
        subject: workload.subject,
      });
    } catch (error) {
      await this.gateway.invalidateOwnKeys(GRANT, [key.id], { runAs: key.runAs }).catch(() => undefined);
      throw error;
    }
  }
}
