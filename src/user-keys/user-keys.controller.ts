import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Audited, AuditedSecret } from '../audit/audited.js';
import { CurrentCaller } from '../authorization/current-caller.decorator.js';
import { Operation } from '../authorization/operation.decorator.js';
import { RequestHeader, ResponseHeaders, type HeaderWriter } from '../http/request-headers.decorator.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import type { InvalidationVerdict } from '../keys/ending/key-invalidator.service.js';
import { InvalidateKeysBody, KeyGetQuery, KeyIdParam, KeyListQuery } from '../keys/fields/key.dto.js';
import type { Key } from '../keys/model/key-model.js';
import type { KeyList } from '../keys/reading/key-reader.service.js';
import type { KeySummary } from '../keys/reading/key-summary.service.js';
import { created, KeyRoutes, updated } from '../keys/routes/key-routes.service.js';
import type { KeyUpdateResult } from '../keys/writing/key-updater.service.js';
import { USER_KEY_DOCS } from './user-keys.docs.js';
import { CreateUserKeyBody, CreateUserKeyQuery, UpdateUserKeyBody } from './user-keys.dto.js';
import { UserKeysService, type CreatedUserKey } from './user-keys.service.js';

@ApiTags('User keys')
@Controller('v1/user-keys')
export class UserKeysController {
  constructor(
    private readonly userKeys: UserKeysService,
    private readonly routes: KeyRoutes,
  ) {}

  @Post()
  @Operation('user-keys.create', USER_KEY_DOCS)
  create(
    @CurrentCaller() caller: AuthorizedCaller,
    @Query() { refresh }: CreateUserKeyQuery,
    @Body() body: CreateUserKeyBody,
    @RequestHeader('idempotency-key') idempotencyKey: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): AuditedSecret<CreatedUserKey> {
    return created(headers, 'user', this.userKeys.create(caller, body, { refresh, idempotencyKey }));
  }

  @Get()
  @Operation('user-keys.list', USER_KEY_DOCS)
  list(@CurrentCaller() caller: AuthorizedCaller, @Query() query: KeyListQuery): Promise<KeyList> {
    return this.routes.list(caller, { kind: 'user', filters: {} }, query);
  }

  @Get('_summary')
  @Operation('user-keys.summary', USER_KEY_DOCS)
  summary(@CurrentCaller() caller: AuthorizedCaller): Promise<KeySummary> {
    return this.routes.summary(caller, 'user');
  }

  @Get(':id')
  @Operation('user-keys.get', USER_KEY_DOCS)
  get(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() param: KeyIdParam,
    @Query() query: KeyGetQuery,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<Key> {
    return this.routes.get(caller, 'user', param, headers, query);
  }

  @Patch(':id')
  @Operation('user-keys.update', USER_KEY_DOCS)
  update(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: UpdateUserKeyBody,
    @RequestHeader('if-match') ifMatch: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): Audited<KeyUpdateResult> {
    return updated(headers, this.userKeys.update(caller, id, body, ifMatch));
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('user-keys.invalidate', USER_KEY_DOCS)
  invalidate(@CurrentCaller() caller: AuthorizedCaller, @Param() param: KeyIdParam): Audited<void> {
    return this.routes.invalidate(caller, 'user', param);
  }

  @Post('_invalidate')
  @HttpCode(200)
  @Operation('user-keys.invalidate-many', USER_KEY_DOCS)
  invalidateMany(
    @CurrentCaller() caller: AuthorizedCaller,
    @Body() body: InvalidateKeysBody,
  ): Audited<InvalidationVerdict> {
    return this.routes.invalidateMany(caller, 'user', body);
  }
}
