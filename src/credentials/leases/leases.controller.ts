import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { BODY_PROBLEMS, PROFILE_PROBLEMS } from '../../authorization/api-problems.decorator.js';
import { CurrentWorkload } from '../../authorization/current-workload.decorator.js';
import { Operation } from '../../authorization/operation.decorator.js';
import type { AuthorizedWorkload } from '../../identity/request-context.js';
import { IssueCredentialBody, LeaseIdParam, LeaseResponse, ProfileParam, RenewedLeaseResponse } from './leases.dto.js';
import { LeasesService, type Lease, type RenewedLease } from './leases.service.js';

@ApiTags('Sidecars')
@Controller('v1')
export class LeasesController {
  constructor(private readonly leases: LeasesService) {}

  @Post('credentials/:profile')
  @Operation('credentials.issue', {
    description: 'Instances of one workload share a key, so the same may be answered again while it is young.',
    problems: [...BODY_PROBLEMS, ...PROFILE_PROBLEMS, 'credential.not-ready', 'credential.limit'],
  })
  @ApiBody({ type: IssueCredentialBody, required: false })
  @ApiCreatedResponse({ type: LeaseResponse })
  issue(
    @CurrentWorkload() caller: AuthorizedWorkload,
    @Param() { profile }: ProfileParam,
    @Body() { instance }: IssueCredentialBody,
  ): Promise<Lease> {
    return this.leases.issue(caller, profile, instance);
  }

  @Post('leases/:id/renew')
  @HttpCode(200)
  @Operation('leases.renew', {
    description:
      'By the workload that it belongs to. Never beyond max_ttl of the profile, counted from the creation of the key.',
    problems: [...PROFILE_PROBLEMS, 'lease.not-found', 'lease.ended', 'lease.at-limit'],
  })
  @ApiOkResponse({ type: RenewedLeaseResponse })
  renew(@CurrentWorkload() caller: AuthorizedWorkload, @Param() { id }: LeaseIdParam): Promise<RenewedLease> {
    return this.leases.renew(caller, id);
  }

  @Delete('leases/:id')
  @HttpCode(204)
  @Operation('leases.revoke', {
    description:
      'By the workload that it belongs to; operators use POST /v1/leases/_revoke. The key dies, for every instance that shares it.',
    problems: ['lease.not-found', 'key.invalidation-unconfirmed'],
  })
  @ApiNoContentResponse()
  revoke(@CurrentWorkload() caller: AuthorizedWorkload, @Param() { id }: LeaseIdParam): Promise<void> {
    return this.leases.revoke(caller, id);
  }
}
