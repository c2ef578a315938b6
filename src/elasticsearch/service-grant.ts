import type { AuthorizedCaller } from '../identity/request-context.js';

/** `manager` and `template` are for a caller, see `ServiceAuthority`; the others are the service's own work. */
export type ServiceReason = 'manager' | 'template' | 'credentials' | 'deferred-revocations';

declare const granted: unique symbol;

/**
 * The proof that the service may write under its own name: no write of `ServiceGateway` can be called without one. A
 * rule of dependency-cruiser names the files that may make one; each of them has checked the reason that it names.
 */
export class ServiceGrant<Reason extends ServiceReason = ServiceReason> {
  declare readonly [granted]: true;

  private constructor(readonly reason: Reason) {}

  /** The audit trail says from now on that the caller's request ran as the service. */
  static forCaller<Reason extends 'manager' | 'template'>(
    caller: AuthorizedCaller,
    reason: Reason,
  ): ServiceGrant<Reason> {
    caller.noteRanAsService();
    return new ServiceGrant(reason);
  }

  static forOwnWork<Reason extends 'credentials' | 'deferred-revocations'>(reason: Reason): ServiceGrant<Reason> {
    return new ServiceGrant(reason);
  }
}
