import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { InvalidationVerdict } from '../keys/ending/key-invalidator.service.js';
import { etagOf, type Key } from '../keys/model/key-model.js';
import type { KeyList } from '../keys/reading/key-reader.service.js';
import { KeySummaries, type KeySummary } from '../keys/reading/key-summary.service.js';
import type { KeyUpdateResult } from '../keys/writing/key-updater.service.js';
import { InvalidationResponse, KeyGetQuery, KeyIdParam, KeySummaryResponse } from '../keys/fields/key.dto.js';
import {
  BODY_PROBLEMS,
  IDEMPOTENCY_PROBLEMS,
  ONE_KEY_PROBLEMS,
  SERVICE_PROBLEMS,
  UPDATE_PROBLEMS,
} from '../authorization/api-problems.decorator.js';
import { CurrentCaller } from '../authorization/current-caller.decorator.js';
import { Operation } from '../authorization/operation.decorator.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { RequestHeader, ResponseHeaders, type HeaderWriter } from '../http/request-headers.decorator.js';
import {
  CreateManagedKeyBody,
  InvalidateManagedKeyBody,
  InvalidateManagedKeyQuery,
  InvalidateManagedKeysBody,
  ManagedKeyListQuery,
  UpdateManagedKeyBody,
} from './managed-keys.dto.js';
import {
  CREATE_EXAMPLES,
  INVALIDATE_EXAMPLES,
  INVALIDATE_MANY_EXAMPLES,
  UPDATE_EXAMPLES,
} from './managed-keys.examples.js';
import {
  CreatedManagedKeyResponse,
  ManagedKeyListResponse,
  ManagedKeyResponse,
  UpdatedManagedKeyResponse,
} from './managed-keys.responses.dto.js';
import { ManagedKeysService, type CreatedManagedKey } from './managed-keys.service.js';

const ETAG_HEADER = { ETag: { description: 'Entity tag for If-Match.', schema: { type: 'string' as const } } };
const LOCATION_HEADER = { Location: { description: 'Route of the new key.', schema: { type: 'string' as const } } };

@ApiTags('Managed keys')
@Controller('v1/managed-keys')
export class ManagedKeysController {
  constructor(
    private readonly keys: ManagedKeysService,
    private readonly summaries: KeySummaries,
  ) {}

  @Post()
  @Operation('managed-keys.create', {
    description:
      'Made as the caller, so that Elasticsearch caps the key at the rights of the caller. The service makes a key of its own only for a holder of `manage_security` (`as: service`), or by a `template` of the operator. The secret is in this answer and nowhere else.',
    problems: [
      ...BODY_PROBLEMS,
      ...IDEMPOTENCY_PROBLEMS,
      ...SERVICE_PROBLEMS,
      'caller.is-api-key',
      'template.not-allowed',
    ],
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: '16 to 64 characters; as for user keys.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.:-]{16,64}$' },
  })
  @ApiBody({ type: CreateManagedKeyBody, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: CreatedManagedKeyResponse, headers: { ...LOCATION_HEADER, ...ETAG_HEADER } })
  async create(
    @CurrentCaller() caller: AuthorizedCaller,
    @Body() body: CreateManagedKeyBody,
    @RequestHeader('idempotency-key') idempotencyKey: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<CreatedManagedKey> {
    const created = await this.keys.create(caller, body, idempotencyKey);
    headers({ location: `/v1/managed-keys/${created.key.id}`, etag: etagOf(created.key) });
    return created;
  }

  @Get()
  @Operation('managed-keys.list', {
    description:
      'Keys that software owns, as the rules of the service say: `metadata.managed`, names that begin with `Alerting: `, and the rules of the operator.',
  })
  @ApiOkResponse({ type: ManagedKeyListResponse })
  list(
    @CurrentCaller() caller: AuthorizedCaller,
    @Query() { sort = '-creation', size = 50, cursor, manager, owner, ...filters }: ManagedKeyListQuery,
  ): Promise<KeyList> {
    return this.keys.list(caller, {
      filters,
      sort,
      size,
      ...(cursor !== undefined && { cursor }),
      ...(manager !== undefined && { manager }),
      ...(owner !== undefined && { owner }),
    });
  }

  @Get('_summary')
  @Operation('managed-keys.summary')
  @ApiOkResponse({ type: KeySummaryResponse })
  summary(@CurrentCaller() caller: AuthorizedCaller): Promise<KeySummary> {
    return this.summaries.summarize(caller, 'managed');
  }

  @Get(':id')
  @Operation('managed-keys.get', { problems: ONE_KEY_PROBLEMS })
  @ApiOkResponse({ type: ManagedKeyResponse, headers: ETAG_HEADER })
  async get(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Query() { with_limited_by: withLimitedBy = false }: KeyGetQuery,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<Key> {
    const key = await this.keys.get(caller, id, withLimitedBy);
    headers({ etag: etagOf(key) });
    return key;
  }

  @Patch(':id')
  @Operation('managed-keys.update', {
    description:
      'Only the owner can; keys of the service are updated by it for a holder of `manage_security`. `confirm` must be the name of the key. Name and type never change, and the key stays managed.',
    problems: [
      ...BODY_PROBLEMS,
      ...ONE_KEY_PROBLEMS,
      ...UPDATE_PROBLEMS,
      ...SERVICE_PROBLEMS,
      'key.confirmation-mismatch',
      'key.leased',
    ],
  })
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'Entity tag of the state that the change was made for.',
  })
  @ApiBody({ type: UpdateManagedKeyBody, examples: UPDATE_EXAMPLES })
  @ApiOkResponse({ type: UpdatedManagedKeyResponse, headers: ETAG_HEADER })
  async update(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: UpdateManagedKeyBody,
    @RequestHeader('if-match') ifMatch: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<KeyUpdateResult> {
    const result = await this.keys.update(caller, id, body, ifMatch);
    headers({ etag: etagOf(result.key) });
    return result;
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('managed-keys.invalidate', {
    description:
      'Final. `confirm` must be the name of the key, and `reason` say why; both in the body or in the query.',
    problems: [...BODY_PROBLEMS, ...ONE_KEY_PROBLEMS, 'key.confirmation-mismatch', 'key.invalidation-unconfirmed'],
  })
  @ApiBody({ type: InvalidateManagedKeyBody, required: false, examples: INVALIDATE_EXAMPLES })
  @ApiNoContentResponse()
  async invalidate(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Query() query: InvalidateManagedKeyQuery,
    @Body() body: InvalidateManagedKeyBody,
  ): Promise<void> {
    await this.keys.invalidateOne(caller, id, { ...query, ...body });
  }

  @Post('_invalidate')
  @HttpCode(200)
  @Operation('managed-keys.invalidate-many', {
    description:
      'Final. Each id has its own outcome, none is skipped silently. A batch in which any id is refused changes nothing (`batch.held-back`) unless `allow_partial` is true.',
    problems: BODY_PROBLEMS,
  })
  @ApiBody({ type: InvalidateManagedKeysBody, examples: INVALIDATE_MANY_EXAMPLES })
  @ApiOkResponse({ type: InvalidationResponse })
  invalidateMany(
    @CurrentCaller() caller: AuthorizedCaller,
    @Body() body: InvalidateManagedKeysBody,
  ): Promise<InvalidationVerdict> {
    return this.keys.invalidateMany(caller, body);
  }
}
