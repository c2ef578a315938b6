import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { BODY_PROBLEMS, SERVICE_PROBLEMS } from '../../authorization/api-problems.decorator.js';
import { CurrentCaller } from '../../authorization/current-caller.decorator.js';
import { Operation } from '../../authorization/operation.decorator.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { ResponseHeaders, type HeaderWriter } from '../../http/request-headers.decorator.js';
import { EnvoyConfigQuery } from '../../envoy-config/envoy-config.dto.js';
import { ProfileParam } from '../leases/leases.dto.js';
import type { RoleBody } from '../profiles/role.js';
import { LeaseList } from './lease-list.service.js';
import { LeaseRevoker } from './lease-revoker.service.js';
import {
  InstanceListResponse,
  LeaseListQuery,
  LeaseListResponse,
  ProfileListResponse,
  RevokedLeasesResponse,
  RevokeLeasesBody,
  RoleQuery,
  RoleResponse,
} from './operators.dto.js';
import { REVOKE_EXAMPLES } from './operators.examples.js';
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
  @Operation('credentials.list', { description: 'Counts are those of the replica that answers.' })
  @ApiOkResponse({ type: ProfileListResponse })
  profiles(): ProfileListResponse {
    return this.overview.profiles();
  }

  @Get('credentials/_role')
  @Operation('credentials.role', {
    description: 'Exactly the union of what the profiles give, and manage_own_api_key.',
  })
  @ApiOkResponse({ type: RoleResponse })
  role(@Query() { run_as: runAs }: RoleQuery): RoleBody {
    return this.overview.role(runAs);
  }

  @Get('credentials/:profile/instances')
  @Operation('credentials.instances', {
    description: 'As the replica that answers has seen them; others may have seen others.',
    problems: ['profile.unknown'],
  })
  @ApiOkResponse({ type: InstanceListResponse })
  instances(@Param() { profile }: ProfileParam): InstanceListResponse {
    return this.overview.instances(profile);
  }

  @Get('credentials/:profile/envoy-config')
  @Operation('credentials.envoy-config', {
    description:
      'As YAML, for `envoy --mode validate` to accept. Holds nothing secret: the sidecar gets its key from the polls that this configures.',
    problems: ['profile.unknown'],
  })
  @ApiOkResponse({
    description: 'One part of the configuration.',
    content: { 'application/yaml': { schema: { type: 'string' } } },
  })
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
  @Operation('leases.list')
  @ApiOkResponse({ type: LeaseListResponse })
  list(@CurrentCaller() caller: AuthorizedCaller, @Query() query: LeaseListQuery): Promise<LeaseListResponse> {
    return this.leases.list(caller, query);
  }

  @Post('leases/_revoke')
  @HttpCode(200)
  @Operation('leases.revoke-many', {
    description:
      'Ends the leases that are alive now. Sidecars are given new keys at once; close the profile (or take the allow rule away) first when they must not be.',
    problems: [...BODY_PROBLEMS, ...SERVICE_PROBLEMS],
  })
  @ApiBody({ type: RevokeLeasesBody, examples: REVOKE_EXAMPLES })
  @ApiOkResponse({ type: RevokedLeasesResponse })
  revoke(@CurrentCaller() caller: AuthorizedCaller, @Body() body: RevokeLeasesBody): Promise<RevokedLeasesResponse> {
    return this.revoker.revoke(caller, body);
  }
}
