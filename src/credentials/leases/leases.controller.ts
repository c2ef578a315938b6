import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Audited, AuditedSecret } from '../../audit/audited.js';
import { CurrentWorkload } from '../../authorization/current-workload.decorator.js';
import { Operation } from '../../authorization/operation.decorator.js';
import type { AuthorizedWorkload } from '../../identity/request-context.js';
import { LEASE_DOCS } from './leases.docs.js';
import { IssueCredentialBody, LeaseIdParam, ProfileParam } from './leases.dto.js';
import { LeasesService, type Lease, type RenewedLease } from './leases.service.js';

@ApiTags('Sidecars')
@Controller('v1')
export class LeasesController {
  constructor(private readonly leases: LeasesService) {}

  @Post('credentials/:profile')
  @Operation('credentials.issue', LEASE_DOCS)
  issue(
    @CurrentWorkload() caller: AuthorizedWorkload,
    @Param() { profile }: ProfileParam,
    @Body() { instance }: IssueCredentialBody,
  ): AuditedSecret<Lease> {
    return this.leases.issue(caller, profile, instance);
  }

  @Post('leases/:id/renew')
  @HttpCode(200)
  @Operation('leases.renew', LEASE_DOCS)
  renew(@CurrentWorkload() caller: AuthorizedWorkload, @Param() { id }: LeaseIdParam): Audited<RenewedLease> {
    return this.leases.renew(caller, id);
  }

  @Delete('leases/:id')
  @HttpCode(204)
  @Operation('leases.revoke', LEASE_DOCS)
  revoke(@CurrentWorkload() caller: AuthorizedWorkload, @Param() { id }: LeaseIdParam): Audited<void> {
    return this.leases.revoke(caller, id);
  }
}
