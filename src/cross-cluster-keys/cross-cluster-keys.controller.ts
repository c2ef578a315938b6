import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Audited, AuditedSecret } from '../audit/audited.js';
import { CurrentCaller } from '../authorization/current-caller.decorator.js';
import { Operation } from '../authorization/operation.decorator.js';
import { RequestHeader, ResponseHeaders, type HeaderWriter } from '../http/request-headers.decorator.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import type { InvalidationVerdict } from '../keys/ending/key-invalidator.service.js';
import { InvalidateKeysBody, KeyIdParam, KeyListQuery } from '../keys/fields/key.dto.js';
import type { Key } from '../keys/model/key-model.js';
import type { KeyList } from '../keys/reading/key-reader.service.js';
import type { KeySummary } from '../keys/reading/key-summary.service.js';
import { created, KeyRoutes, updated } from '../keys/routes/key-routes.service.js';
import type { KeyUpdateResult } from '../keys/writing/key-updater.service.js';
import type { ConnectPlan } from './connect-steps.js';
import { CROSS_CLUSTER_KEY_DOCS } from './cross-cluster-keys.docs.js';
import {
  ConnectQuery,
  CreateCrossClusterKeyBody,
  MatchIdentityBody,
  UpdateCrossClusterKeyBody,
} from './cross-cluster-keys.dto.js';
import { CrossClusterKeysService, type CreatedCrossClusterKey } from './cross-cluster-keys.service.js';
import { matchIdentity, type IdentityMatch } from './identity-match.js';

@ApiTags('Cross-cluster keys')
@Controller('v1/cross-cluster-keys')
export class CrossClusterKeysController {
  constructor(
    private readonly keys: CrossClusterKeysService,
    private readonly routes: KeyRoutes,
  ) {}

  @Post()
  @Operation('cross-cluster-keys.create', CROSS_CLUSTER_KEY_DOCS)
  create(
    @CurrentCaller() caller: AuthorizedCaller,
    @Body() body: CreateCrossClusterKeyBody,
    @RequestHeader('idempotency-key') idempotencyKey: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): AuditedSecret<CreatedCrossClusterKey> {
    return created(headers, 'cross_cluster', this.keys.create(caller, body, idempotencyKey));
  }

  @Get()
  @Operation('cross-cluster-keys.list', CROSS_CLUSTER_KEY_DOCS)
  list(@CurrentCaller() caller: AuthorizedCaller, @Query() query: KeyListQuery): Promise<KeyList> {
    return this.routes.list(caller, { kind: 'cross_cluster', filters: {} }, query);
  }

  @Get('_summary')
  @Operation('cross-cluster-keys.summary', CROSS_CLUSTER_KEY_DOCS)
  summary(@CurrentCaller() caller: AuthorizedCaller): Promise<KeySummary> {
    return this.routes.summary(caller, 'cross_cluster');
  }

  @Post('_invalidate')
  @HttpCode(200)
  @Operation('cross-cluster-keys.invalidate-many', CROSS_CLUSTER_KEY_DOCS)
  invalidateMany(
    @CurrentCaller() caller: AuthorizedCaller,
    @Body() body: InvalidateKeysBody,
  ): Audited<InvalidationVerdict> {
    return this.routes.invalidateMany(caller, 'cross_cluster', body);
  }

  @Post('_match_identity')
  @HttpCode(200)
  @Operation('cross-cluster-keys.match-identity', CROSS_CLUSTER_KEY_DOCS)
  match(@Body() body: MatchIdentityBody): IdentityMatch {
    return matchIdentity(body.certificate_identity, body.subject);
  }

  @Get(':id')
  @Operation('cross-cluster-keys.get', CROSS_CLUSTER_KEY_DOCS)
  get(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() param: KeyIdParam,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<Key> {
    return this.routes.get(caller, 'cross_cluster', param, headers);
  }

  @Patch(':id')
  @Operation('cross-cluster-keys.update', CROSS_CLUSTER_KEY_DOCS)
  update(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: UpdateCrossClusterKeyBody,
    @RequestHeader('if-match') ifMatch: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): Audited<KeyUpdateResult> {
    return updated(headers, this.keys.update(caller, id, body, ifMatch));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('cross-cluster-keys.invalidate', CROSS_CLUSTER_KEY_DOCS)
  invalidate(@CurrentCaller() caller: AuthorizedCaller, @Param() param: KeyIdParam): Audited<void> {
    return this.routes.invalidate(caller, 'cross_cluster', param);
  }

  @Get(':id/connect')
  @Operation('cross-cluster-keys.connect', CROSS_CLUSTER_KEY_DOCS)
  connect(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Query() query: ConnectQuery,
  ): Promise<ConnectPlan> {
    return this.keys.connect(caller, id, query);
  }
}
