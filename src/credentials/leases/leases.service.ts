import { Injectable } from '@nestjs/common';
import { CredentialObserver } from '../../telemetry/credential-observer.js';
import { KeyEnder } from '../../keys/ending/key-ender.service.js';
import { KeyLocks } from '../../keys/writing/key-locks.js';
import { Audited, audited, AuditedSecret, NOTHING_TO_UNDO } from '../../audit/audited.js';
import type { Profile } from '../../config/profiles/profile.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { ServiceError } from '../../errors/service-error.js';
import type { AuthorizedWorkload } from '../../identity/request-context.js';
import { encodedOf } from '../hand-out.js';
import { holderOf } from '../keys/holder.js';
import { dueMs } from '../keys/live-key.js';
import { dueOf, KeyPool } from '../keys/key-pool.js';
import { Revocations } from '../keys/revocations.js';
import { ProfileStore } from '../profiles/profile-store.js';
import { LeaseReader, leaseIdOf, partsOfLeaseId, type FoundLease } from './lease-reader.service.js';

export interface RenewedLease {
  lease_id: string;
  profile: string;
  key_id: string;
  expires_at: string;
  renew_after: string;
}

export interface Lease extends RenewedLease {
  encoded: string;
}

/** For the way to Elasticsearch, which counts from when the request reaches it. */
const TRAVEL_MARGIN_MS = 250;
/** Elasticsearch counts whole seconds, so less than this is no gain. */
const SMALLEST_GAIN_MS = 1000;

/** Leases over REST. A lease is a key of Elasticsearch and ends when that does, whatever becomes of this service. */
@Injectable()
export class LeasesService {
  constructor(
    private readonly store: ProfileStore,
    private readonly pool: KeyPool,
    private readonly reader: LeaseReader,
    private readonly revocations: Revocations,
    private readonly gateway: ServiceGateway,
    private readonly locks: KeyLocks,
    private readonly observer: CredentialObserver,
    private readonly ender: KeyEnder,
  ) {}

  /**
   * The key of the workload, made now or shared with its other instances.
   *
   * @throws ServiceError `profile.*`, `credential.*`, `upstream.*`.
   */
  issue(caller: AuthorizedWorkload, name: string, instance: string | undefined): AuditedSecret<Lease> {
    return new AuditedSecret({ keyIds: [], profile: name }, async () => {
      const profile = this.store.require(name, caller.workload);
      const holder = holderOf(profile, caller.workload, instance, '/instance');
      const key = await this.pool.ensure(holder, profile, 'lease');
      // Making it took a while, in which the profile may have been closed or the key revoked.
      this.store.require(name, caller.workload);
      if (this.revocations.has(key.id))
        throw new ServiceError('credential.not-ready', 'The key was revoked a moment ago; ask again.');
      key.overRest = true;
      return {
        outcome: { keyIds: [key.id] },
        undo: NOTHING_TO_UNDO,
        answer: () => ({
          ...describe(name, key.id, key.expiresMs, dueOf(key, profile)),
          encoded: encodedOf(key),
        }),
      };
    });
  }

  /**
   * Stretches the key's own life in Elasticsearch.
   *
   * @throws ServiceError `lease.not-found`, `lease.ended`, `lease.at-limit`, `profile.*`.
   */
  renew(caller: AuthorizedWorkload, leaseId: string): Audited<RenewedLease> {
    const { profile: name, keyId } = partsOfLeaseId(leaseId);
    return audited({ keyIds: [keyId], profile: name }, () =>
      this.locks.run([keyId], async () => {
        const found = await this.reader.require(leaseId, caller.workload);
        const profile = this.store.require(name, caller.workload);
        const expiresMs = await this.stretch(caller, leaseId, found, profile);
        const lifeMs = expiresMs - Date.now();
        return describe(name, keyId, expiresMs, dueMs({ id: keyId, expiresMs, lifeMs }, profile));
      }),
    );
  }

  /**
   * Ends the key. One that has ended already is answered alike.
   *
   * @throws ServiceError `lease.not-found`, `key.invalidation-unconfirmed`.
   */
  revoke(caller: AuthorizedWorkload, leaseId: string): Audited<void> {
    const { profile, keyId } = partsOfLeaseId(leaseId);
    return audited({ keyIds: [keyId], profile }, () =>
      this.locks.run([keyId], async () => {
        const found = await this.reader.require(leaseId, caller.workload);
        if (isOver(found)) return;
        await this.end(found);
        this.revocations.add(keyId, found.key.expiration ?? found.lease.maxUntil);
        this.observer.leaseChanged(this.store.find(profile) === undefined ? 'other' : profile, 'revoked', 1);
      }),
    );
  }

  private async stretch(
    caller: AuthorizedWorkload,
    leaseId: string,
    found: FoundLease,
    profile: Profile,
  ): Promise<number> {
    const { key, lease, options, grant } = found;
    if (isOver(found)) throw ended();
    const now = Date.now();
    const present = key.expiration ?? 0;
    const limit = Math.min(lease.maxUntil, key.creation + profile.maxTtlMs);
    const seconds = Math.floor((Math.min(now + profile.ttlMs, limit) - now - TRAVEL_MARGIN_MS) / 1000);
    if (now + seconds * 1000 - present < SMALLEST_GAIN_MS) {
      // So soon after the last time that nothing would be gained, or life would even be lost.
      if (now + profile.ttlMs < limit) return present;
      throw new ServiceError('lease.at-limit', 'The key lives as long as max_ttl of the profile allows.', {
        members: { expires_at: new Date(present).toISOString() },
      });
    }
    await this.gateway.updateKey(grant, key.id, { expiration: `${seconds}s` }, options);
    const after = await this.reader.require(leaseId, caller.workload);
    if (isOver(after)) throw ended();
    const expiresMs = after.key.expiration ?? present;
    const live = this.pool.find(key.id);
    if (live !== undefined) live.expiresMs = expiresMs;
    this.observer.leaseChanged(profile.name, 'renewed', 1);
    return expiresMs;
  }

  /**
   * Until the key is seen to be dead: an overlapping renewal at another replica can bring it back (Elasticsearch's
   * version check never bites).
   */
  private async end({ key, options, grant }: FoundLease): Promise<void> {
    const invalidate = (ids: readonly string[]) => this.gateway.invalidateOwnKeys(grant, ids, options);
    const endings = await this.ender.invalidateAndConfirm({ invalidate }, [key.id]);
    if (endings.get(key.id) === 'dead') return;
    throw new ServiceError(
      'key.invalidation-unconfirmed',
      'Something keeps renewing the lease, and Elasticsearch lets such an update bring the key back to life.',
    );
  }
}

function describe(profile: string, keyId: string, expiresMs: number, renewMs: number): RenewedLease {
  return {
    lease_id: leaseIdOf(profile, keyId),
    profile,
    key_id: keyId,
    expires_at: new Date(expiresMs).toISOString(),
    renew_after: new Date(renewMs).toISOString(),
  };
}

function isOver({ key: { invalidated, expiration } }: FoundLease): boolean {
  return invalidated || (expiration !== undefined && expiration <= Date.now());
}

function ended(): ServiceError {
  return new ServiceError('lease.ended', 'The key of this lease has expired or was revoked.');
}
