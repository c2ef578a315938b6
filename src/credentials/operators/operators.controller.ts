import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Audited } from '../../audit/audited.js';
import { CurrentCaller } from '../../authorization/current-caller.decorator.js';
import { Operation } from '../../authorization/operation.decorator.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { ResponseHeaders, type HeaderWriter } from '../../http/request-headers.decorator.js';
import { EnvoyConfigQuery } from '../../envoy-config/envoy-config.dto.js';
import { ProfileParam } from '../leases/leases.dto.js';
import type { RoleBody } from '../profiles/role.js';
import { OPERATOR_DOCS } from './operators.docs.js';
import { LeaseList } from './lease-list.service.js';
import { LeaseRevoker } from './lease-revoker.service.js';
import { LeaseListQuery, RevokeLeasesBody, RoleQuery } from './operators.dto.js';
import type {
  InstanceListResponse,
  LeaseListResponse,
  ProfileListResponse,
  RevokedLeasesResponse,
} from './operators.responses.dto.js';
import { CredentialsOverview } from './overview.service.js';

@ApiTags('Sidecars')
@Controller('v1')
export class OperatorsController {
  constructor(
    private readonly overview: CredentialsOverview,
    private readonly leases: LeaseList,
    private readonly revoker: LeaseRevoker,
  ) {}

  @Get('credentials')
  @Operation('credentials.list', OPERATOR_DOCS)
  profiles(): ProfileListResponse {
    return this.overview.profiles();
  }

  @Get('credentials/_role')
  @Operation('credentials.role', OPERATOR_DOCS)
  role(@Query() { run_as: runAs }: RoleQuery): RoleBody {
    return this.overview.role(runAs);
  }

  @Get('credentials/:profile/instances')
  @Operation('credentials.instances', OPERATOR_DOCS)
  instances(@Param() { profile }: ProfileParam): InstanceListResponse {
    return this.overview.instances(profile);
  }

  @Get('credentials/:profile/envoy-config')
  @Operation('credentials.envoy-config', OPERATOR_DOCS)
  envoyConfig(
    @Param() { profile }: ProfileParam,
    @Query() query: EnvoyConfigQuery,
    @ResponseHeaders() headers: HeaderWriter,
  ): string {
    const text = this.overview.envoyConfig(profile, query);
    headers({ 'content-type': 'application/yaml; charset=utf-8' });
    return text;
  }

  @Get('leases')
  @Operation('leases.list', OPERATOR_DOCS)
  list(@CurrentCaller() caller: AuthorizedCaller, @Query() query: LeaseListQuery): Promise<LeaseListResponse> {
    return this.leases.list(caller, query);
  }

  @Post('leases/_revoke')
  @HttpCode(200)
  @Operation('leases.revoke-many', OPERATOR_DOCS)
  revoke(@CurrentCaller() caller: AuthorizedCaller, @Body() body: RevokeLeasesBody): Audited<RevokedLeasesResponse> {
    return this.revoker.revoke(caller, body);
  }
}
