import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { Auditor } from '../audit/auditor.js';
import { Settings } from '../config/settings.js';
import { ServiceError } from '../errors/service-error.js';
import type { RequestContext, RequestWithContext } from '../identity/request-context.js';
import type { WorkloadIdentity } from '../workload-identity/workload-identity.js';
import { AccessService } from './access.service.js';
import { LicenseService } from './license.service.js';
import { OPERATION_METADATA, PUBLIC_METADATA } from './operation.decorator.js';
import {
  isAllowed,
  isOfWorkloads,
  operation,
  type Operation,
  type OperationId,
  type RateClass,
} from '../operations/operations.js';
import { RateLimiter } from './rate-limiter.js';

/**
 * The one lock before every route: rate, then identity, privileges and license, as the operations table says. Deny by
 * default.
 */
@Injectable()
export class AuthorizationGuard implements CanActivate {
  private readonly limiter: RateLimiter;

  constructor(
    private readonly reflector: Reflector,
    private readonly access: AccessService,
    private readonly license: LicenseService,
    private readonly auditor: Auditor,
    settings: Settings,
  ) {
    this.limiter = new RateLimiter({
      read: settings.rateReadPerSecond,
      write: settings.rateWritePerSecond,
      mint: settings.rateMintPerSecond,
      mesh: settings.rateMeshPerSecond,
    });
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const handler = context.getHandler();
    const id = this.reflector.get<OperationId | undefined>(OPERATION_METADATA, handler);
    if (id === undefined)
      return (
        this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC_METADATA, [handler, context.getClass()]) === true
      );
    const { latchkey } = context.switchToHttp().getRequest<RequestWithContext>();
    const row = operation(id);
    return isOfWorkloads(row) ? this.admitWorkload(latchkey) : this.admitCaller(id, latchkey, row);
  }

  /**
   * For the edge, as soon as the workload is known: its body can be large, and is not read beyond the rate.
   *
   * @throws ServiceError `rate.limited`.
   */
  limitWorkload({ subject }: WorkloadIdentity, id: OperationId): void {
    this.limit(subject, operation(id).rate);
  }

  /**
   * Who the workload is was found out at the edge, before the body was read; what it may have is for the feature to
   * say.
   */
  private admitWorkload({ workload }: RequestContext): boolean {
    if (workload === undefined)
      throw new ServiceError('workload.unauthenticated', 'The workload has not proved who it is.');
    return true;
  }

  private async admitCaller(id: OperationId, latchkey: RequestContext, row: Operation): Promise<boolean> {
    const { credential } = latchkey;
    if (credential === undefined) throw new ServiceError('auth.missing', 'Send an Authorization header.');
    this.limit(credential.fingerprint, row.rate);
    const { caller, privileges } = await this.access.resolve(credential, row);
    latchkey.caller = caller;
    latchkey.privileges = privileges;
    if (!isAllowed(row, privileges)) {
      const denial = new ServiceError(
        'privilege.missing',
        `${row.summary}: needs one of the cluster privileges ${row.anyOf.join(', ')}.`,
        {
          members: {
            required_privileges: row.anyOf,
            missing_privileges: row.anyOf.filter((privilege) => !privileges[privilege]),
          },
        },
      );
      await this.auditor.noteDenial(id, latchkey, denial);
      throw denial;
    }
    if (row.license === 'enterprise') await this.license.requireCrossCluster(credential);
    return true;
  }

  private limit(caller: string, rate: RateClass): void {
    this.limiter.require(caller, rate);
  }
}
