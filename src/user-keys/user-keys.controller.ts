import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { KeyInvalidator, type InvalidationVerdict } from '../keys/ending/key-invalidator.service.js';
import { etagOf, type Key } from '../keys/model/key-model.js';
import { KeyReader, type KeyList } from '../keys/reading/key-reader.service.js';
import { KeySummaries, type KeySummary } from '../keys/reading/key-summary.service.js';
import {
  InvalidateKeysBody,
  InvalidationResponse,
  KeyGetQuery,
  KeyIdParam,
  KeyListQuery,
  KeySummaryResponse,
  UserKeyResponse,
} from '../keys/fields/key.dto.js';
import { INVALIDATE_MANY_EXAMPLES } from '../keys/fields/key.examples.js';
import type { KeySecret } from '../keys/model/secret-formats.js';
import {
  BODY_PROBLEMS,
  IDEMPOTENCY_PROBLEMS,
  ONE_KEY_PROBLEMS,
  UPDATE_PROBLEMS,
} from '../authorization/api-problems.decorator.js';
import { CurrentCaller } from '../authorization/current-caller.decorator.js';
import { Operation } from '../authorization/operation.decorator.js';
import { OPERATIONS } from '../operations/operations.js';
import { RequestHeader, ResponseHeaders, type HeaderWriter } from '../http/request-headers.decorator.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import {
  CreatedUserKeyResponse,
  CreateUserKeyBody,
  CreateUserKeyQuery,
  UpdatedUserKeyResponse,
  UpdateUserKeyBody,
  UserKeyListResponse,
} from './user-keys.dto.js';
import { CREATE_EXAMPLES, UPDATE_EXAMPLES } from './user-keys.examples.js';
import { UserKeysService } from './user-keys.service.js';

const ETAG_HEADER = { ETag: { description: 'Entity tag for If-Match.', schema: { type: 'string' as const } } };

@ApiTags('User keys')
@Controller('v1/user-keys')
export class UserKeysController {
  constructor(
    private readonly userKeys: UserKeysService,
    private readonly reader: KeyReader,
    private readonly invalidator: KeyInvalidator,
    private readonly summaries: KeySummaries,
  ) {}

  @Post()
  @Operation('user-keys.create', {
    description: 'The secret is in this answer and nowhere else.',
    problems: [...BODY_PROBLEMS, ...IDEMPOTENCY_PROBLEMS, 'caller.is-api-key'],
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      '16 to 64 characters; a repeat within 24 hours is answered 409 with the id of the key, by the replica that made the key, until it restarts. Elsewhere look for the name before a second try.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.:-]{16,64}$' },
  })
  @ApiBody({ type: CreateUserKeyBody, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({
    type: CreatedUserKeyResponse,
    headers: { Location: { description: 'Route of the new key.', schema: { type: 'string' } }, ...ETAG_HEADER },
  })
  async create(
    @CurrentCaller() caller: AuthorizedCaller,
    @Query() { refresh }: CreateUserKeyQuery,
    @Body() body: CreateUserKeyBody,
    @RequestHeader('idempotency-key') idempotencyKey: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<{ key: Key; secret: KeySecret }> {
    const created = await this.userKeys.create(caller, body, {
      ...(refresh && { refresh }),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
    headers({ location: `/v1/user-keys/${created.key.id}`, etag: etagOf(created.key) });
    return created;
  }

  @Get()
  @Operation('user-keys.list', {
    description:
      'All keys or the own ones, as the privileges of the caller say. Managed and cross-cluster keys are not among them.',
  })
  @ApiOkResponse({ type: UserKeyListResponse })
  list(
    @CurrentCaller() caller: AuthorizedCaller,
    @Query() { sort = '-creation', size = 50, cursor, ...filters }: KeyListQuery,
  ): Promise<KeyList> {
    return this.reader.list(caller, 'user', { filters, sort, size, ...(cursor !== undefined && { cursor }) });
  }

  @Get('_summary')
  @Operation('user-keys.summary')
  @ApiOkResponse({ type: KeySummaryResponse })
  summary(@CurrentCaller() caller: AuthorizedCaller): Promise<KeySummary> {
    return this.summaries.summarize(caller, 'user');
  }

  @Get(':id')
  @Operation('user-keys.get', { problems: ONE_KEY_PROBLEMS })
  @ApiOkResponse({ type: UserKeyResponse, headers: ETAG_HEADER })
  async get(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Query() { with_limited_by: withLimitedBy = false }: KeyGetQuery,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<Key> {
    const key = await this.reader.get(caller, 'user', id, { withLimitedBy });
    headers({ etag: etagOf(key) });
    return key;
  }

  @Patch(':id')
  @Operation('user-keys.update', {
    description: 'Only the owner can. Name and type never change.',
    problems: [...BODY_PROBLEMS, ...ONE_KEY_PROBLEMS, ...UPDATE_PROBLEMS],
  })
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'Entity tag of the state that the change was made for.',
  })
  @ApiBody({ type: UpdateUserKeyBody, examples: UPDATE_EXAMPLES })
  @ApiOkResponse({ type: UpdatedUserKeyResponse, headers: ETAG_HEADER })
  async update(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: UpdateUserKeyBody,
    @RequestHeader('if-match') ifMatch: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<{ updated: boolean; key: Key }> {
    const result = await this.userKeys.update(caller, id, body, ifMatch);
    headers({ etag: etagOf(result.key) });
    return result;
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('user-keys.invalidate', {
    description: 'Final. A key that is already invalidated is answered alike.',
    problems: [...ONE_KEY_PROBLEMS, 'key.invalidation-unconfirmed'],
  })
  @ApiNoContentResponse()
  async invalidate(@CurrentCaller() caller: AuthorizedCaller, @Param() { id }: KeyIdParam): Promise<void> {
    await this.invalidator.invalidateOne(caller, 'user', id, OPERATIONS['user-keys.invalidate']);
  }

  @Post('_invalidate')
  @HttpCode(200)
  @Operation('user-keys.invalidate-many', {
    description: 'Final. Each id has its own outcome.',
    problems: BODY_PROBLEMS,
  })
  @ApiBody({ type: InvalidateKeysBody, examples: INVALIDATE_MANY_EXAMPLES })
  @ApiOkResponse({ type: InvalidationResponse })
  invalidateMany(
    @CurrentCaller() caller: AuthorizedCaller,
    @Body() { ids }: InvalidateKeysBody,
  ): Promise<InvalidationVerdict> {
    return this.invalidator.invalidateMany(caller, 'user', ids, OPERATIONS['user-keys.invalidate-many']);
  }
}
