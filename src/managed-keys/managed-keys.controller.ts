import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Audited, AuditedSecret } from '../audit/audited.js';
import { CurrentCaller } from '../authorization/current-caller.decorator.js';
import { Operation } from '../authorization/operation.decorator.js';
import { RequestHeader, ResponseHeaders, type HeaderWriter } from '../http/request-headers.decorator.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import type { InvalidationVerdict } from '../keys/ending/key-invalidator.service.js';
import { KeyGetQuery, KeyIdParam } from '../keys/fields/key.dto.js';
import type { Key } from '../keys/model/key-model.js';
import type { KeyList } from '../keys/reading/key-reader.service.js';
import type { KeySummary } from '../keys/reading/key-summary.service.js';
import { created, KeyRoutes, tagged, updated } from '../keys/routes/key-routes.service.js';
import type { KeyUpdateResult } from '../keys/writing/key-updater.service.js';
import { MANAGED_KEY_DOCS } from './managed-keys.docs.js';
import {
  CreateManagedKeyBody,
  InvalidateManagedKeyBody,
  InvalidateManagedKeyQuery,
  InvalidateManagedKeysBody,
  ManagedKeyListQuery,
  UpdateManagedKeyBody,
} from './managed-keys.dto.js';
import { ManagedKeysService, type CreatedManagedKey } from './managed-keys.service.js';

@ApiTags('Managed keys')
@Controller('v1/managed-keys')
export class ManagedKeysController {
  constructor(
    private readonly keys: ManagedKeysService,
    private readonly routes: KeyRoutes,
  ) {}

  @Post()
  @Operation('managed-keys.create', MANAGED_KEY_DOCS)
  create(
    @CurrentCaller() caller: AuthorizedCaller,
    @Body() body: CreateManagedKeyBody,
    @RequestHeader('idempotency-key') idempotencyKey: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): AuditedSecret<CreatedManagedKey> {
    return created(headers, 'managed', this.keys.create(caller, body, idempotencyKey));
  }

  @Get()
  @Operation('managed-keys.list', MANAGED_KEY_DOCS)
  list(@CurrentCaller() caller: AuthorizedCaller, @Query() query: ManagedKeyListQuery): Promise<KeyList> {
    return this.keys.list(caller, query);
  }

  @Get('_summary')
  @Operation('managed-keys.summary', MANAGED_KEY_DOCS)
  summary(@CurrentCaller() caller: AuthorizedCaller): Promise<KeySummary> {
    return this.routes.summary(caller, 'managed');
  }

  @Get(':id')
  @Operation('managed-keys.get', MANAGED_KEY_DOCS)
  get(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Query() { with_limited_by: withLimitedBy = false }: KeyGetQuery,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<Key> {
    return tagged(headers, this.keys.get(caller, id, withLimitedBy));
  }

  @Patch(':id')
  @Operation('managed-keys.update', MANAGED_KEY_DOCS)
  update(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: UpdateManagedKeyBody,
    @RequestHeader('if-match') ifMatch: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): Audited<KeyUpdateResult> {
    return updated(headers, this.keys.update(caller, id, body, ifMatch));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('managed-keys.invalidate', MANAGED_KEY_DOCS)
  invalidate(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Query() query: InvalidateManagedKeyQuery,
    @Body() body: InvalidateManagedKeyBody,
  ): Audited<void> {
    return this.keys.invalidateOne(caller, id, { ...query, ...body });
  }

  @Post('_invalidate')
  @HttpCode(200)
  @Operation('managed-keys.invalidate-many', MANAGED_KEY_DOCS)
  invalidateMany(
    @CurrentCaller() caller: AuthorizedCaller,
    @Body() body: InvalidateManagedKeysBody,
  ): Audited<InvalidationVerdict> {
    return this.keys.invalidateMany(caller, body);
  }
}
