import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../config/settings.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import type { CallerCredential } from '../identity/caller-credential.js';
import type { Caller } from '../identity/caller.js';
import type { ClusterPrivileges } from '../operations/cluster-privileges.js';
import { isAllowed, type Operation } from '../operations/operations.js';

const MAX_ENTRIES = 10_000;

export interface Access {
  caller: Caller;
  privileges: ClusterPrivileges;
}

/**
 * Who a credential is and what it may do, asked of Elasticsearch as the caller. A privilege is remembered for
 * `privilegeCacheMs` only when it allows; a refusal is always asked again. Who somebody is changes seldom and lives
 * longer (`identityCacheMs`). Keyed by a digest that only this process can make.
 */
@Injectable()
export class AccessService {
  private readonly privileges?: LRUCache<string, ClusterPrivileges>;
  private readonly callers?: LRUCache<string, Caller>;

  constructor(
    private readonly gateway: CallerGateway,
    { privilegeCacheMs, identityCacheMs }: Settings,
  ) {
    if (privilegeCacheMs > 0) this.privileges = new LRUCache({ max: MAX_ENTRIES, ttl: privilegeCacheMs });
    if (identityCacheMs > 0) this.callers = new LRUCache({ max: MAX_ENTRIES, ttl: identityCacheMs });
  }

  /** @throws ServiceError `auth.invalid` or `upstream.*`; a missing privilege is for the caller of this to judge. */
  async resolve(credential: CallerCredential, operation: Operation): Promise<Access> {
    const remembered = this.privileges?.get(credential.fingerprint);
    const known = remembered !== undefined && isAllowed(operation, remembered) ? remembered : undefined;
    const caller = this.callers?.get(credential.fingerprint);
    if (known !== undefined && caller !== undefined) return { caller, privileges: known };
    const [privileges, asked] = await Promise.all([
      known ?? this.askPrivileges(credential),
      caller ?? this.askCaller(credential),
    ]);
    return { caller: asked, privileges };
  }

  /** Called when Elasticsearch refused the credential after all: nothing remembered of it is right any more. */
  forget(credential: CallerCredential): void {
    this.privileges?.delete(credential.fingerprint);
    this.callers?.delete(credential.fingerprint);
  }

  private async askPrivileges(credential: CallerCredential): Promise<ClusterPrivileges> {
    const privileges = await this.gateway.hasPrivileges(credential);
    this.privileges?.set(credential.fingerprint, privileges);
    return privileges;
  }

  private async askCaller(credential: CallerCredential): Promise<Caller> {
    const caller = await this.gateway.authenticate(credential);
    this.callers?.set(credential.fingerprint, caller);
    return caller;
  }
}
