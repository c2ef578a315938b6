import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { KeyInvalidator, type InvalidationVerdict } from '../keys/ending/key-invalidator.service.js';
import { etagOf, type Key } from '../keys/model/key-model.js';
import { KeyReader, type KeyList } from '../keys/reading/key-reader.service.js';
import { KeySummaries, type KeySummary } from '../keys/reading/key-summary.service.js';
import type { KeyUpdateResult } from '../keys/writing/key-updater.service.js';
import {
  InvalidateKeysBody,
  InvalidationResponse,
  KeyIdParam,
  KeyListQuery,
  KeySummaryResponse,
} from '../keys/fields/key.dto.js';
import { INVALIDATE_MANY_EXAMPLES } from '../keys/fields/key.examples.js';
import {
  BODY_PROBLEMS,
  IDEMPOTENCY_PROBLEMS,
  ONE_KEY_PROBLEMS,
  UPDATE_PROBLEMS,
} from '../authorization/api-problems.decorator.js';
import { CurrentCaller } from '../authorization/current-caller.decorator.js';
import { Operation } from '../authorization/operation.decorator.js';
import { OPERATIONS } from '../operations/operations.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { RequestHeader, ResponseHeaders, type HeaderWriter } from '../http/request-headers.decorator.js';
import type { ConnectPlan } from './connect-steps.js';
import {
  ConnectQuery,
  CreateCrossClusterKeyBody,
  FinalizeRotationBody,
  MatchIdentityBody,
  RotateCrossClusterKeyBody,
  UpdateCrossClusterKeyBody,
} from './cross-cluster-keys.dto.js';
import { FINALIZE_EXAMPLES, MATCH_EXAMPLES, ROTATE_EXAMPLES, UPDATE_EXAMPLES } from './cross-cluster-keys.examples.js';
import {
  ConnectPlanResponse,
  CreatedCrossClusterKeyResponse,
  CrossClusterKeyListResponse,
  CrossClusterKeyResponse,
  FinalizedRotationResponse,
  IdentityMatchResponse,
  RotatedCrossClusterKeyResponse,
  UpdatedCrossClusterKeyResponse,
} from './cross-cluster-keys.responses.dto.js';
import { CrossClusterKeysService, type CreatedCrossClusterKey } from './cross-cluster-keys.service.js';
import { matchIdentity, type IdentityMatch } from './identity-match.js';
import { KeyRotation, type RotatedKey } from './key-rotation.service.js';

const ROUTE = '/v1/cross-cluster-keys';
const ETAG_HEADER = { ETag: { description: 'Entity tag for If-Match.', schema: { type: 'string' as const } } };
const LOCATION_HEADER = { Location: { description: 'Route of the new key.', schema: { type: 'string' as const } } };

const CREATE_EXAMPLES = {
  search: {
    summary: 'Search, with the steps to connect',
    value: {
      name: 'from-paris',
      expiration: '90d',
      access: { search: [{ names: ['logs-*'] }] },
      formats: ['remote-cluster'],
      alias: 'alpha',
      address: 'es.example.org:9443',
    },
  },
  both: {
    summary: 'Search and replication',
    value: {
      name: 'from-paris',
      expiration: '90d',
      access: { search: [{ names: ['logs-*'] }], replication: [{ names: ['archive-*'] }] },
    },
  },
};

@ApiTags('Cross-cluster keys')
@Controller('v1/cross-cluster-keys')
export class CrossClusterKeysController {
  constructor(
    private readonly keys: CrossClusterKeysService,
    private readonly rotation: KeyRotation,
    private readonly reader: KeyReader,
    private readonly invalidator: KeyInvalidator,
    private readonly summaries: KeySummaries,
  ) {}

  @Post()
  @Operation('cross-cluster-keys.create', {
    description: 'The secret is in this answer and nowhere else.',
    problems: [...BODY_PROBLEMS, ...IDEMPOTENCY_PROBLEMS, 'caller.is-api-key'],
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: '16 to 64 characters; as for user keys.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.:-]{16,64}$' },
  })
  @ApiBody({ type: CreateCrossClusterKeyBody, examples: CREATE_EXAMPLES })
  @ApiCreatedResponse({ type: CreatedCrossClusterKeyResponse, headers: { ...LOCATION_HEADER, ...ETAG_HEADER } })
  async create(
    @CurrentCaller() caller: AuthorizedCaller,
    @Body() body: CreateCrossClusterKeyBody,
    @RequestHeader('idempotency-key') idempotencyKey: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<CreatedCrossClusterKey> {
    const created = await this.keys.create(caller, body, idempotencyKey);
    headers({ location: `${ROUTE}/${created.key.id}`, etag: etagOf(created.key) });
    return created;
  }

  @Get()
  @Operation('cross-cluster-keys.list')
  @ApiOkResponse({ type: CrossClusterKeyListResponse })
  list(
    @CurrentCaller() caller: AuthorizedCaller,
    @Query() { sort = '-creation', size = 50, cursor, ...filters }: KeyListQuery,
  ): Promise<KeyList> {
    return this.reader.list(caller, 'cross_cluster', { filters, sort, size, ...(cursor !== undefined && { cursor }) });
  }

  @Get('_summary')
  @Operation('cross-cluster-keys.summary')
  @ApiOkResponse({ type: KeySummaryResponse })
  summary(@CurrentCaller() caller: AuthorizedCaller): Promise<KeySummary> {
    return this.summaries.summarize(caller, 'cross_cluster');
  }

  @Post('_invalidate')
  @HttpCode(200)
  @Operation('cross-cluster-keys.invalidate-many', {
    description: 'Final. Each id has its own outcome.',
    problems: BODY_PROBLEMS,
  })
  @ApiBody({ type: InvalidateKeysBody, examples: INVALIDATE_MANY_EXAMPLES })
  @ApiOkResponse({ type: InvalidationResponse })
  invalidateMany(
    @CurrentCaller() caller: AuthorizedCaller,
    @Body() { ids }: InvalidateKeysBody,
  ): Promise<InvalidationVerdict> {
    return this.invalidator.invalidateMany(
      caller,
      'cross_cluster',
      ids,
      OPERATIONS['cross-cluster-keys.invalidate-many'],
    );
  }

  @Post('_match_identity')
  @HttpCode(200)
  @Operation('cross-cluster-keys.match-identity', {
    description: 'Asks nobody: compares as Elasticsearch does, so that a key need not be locked out to find out.',
    problems: BODY_PROBLEMS,
  })
  @ApiBody({ type: MatchIdentityBody, examples: MATCH_EXAMPLES })
  @ApiOkResponse({ type: IdentityMatchResponse })
  match(@Body() body: MatchIdentityBody): IdentityMatch {
    return matchIdentity(body.certificate_identity, body.subject);
  }

  @Get(':id')
  @Operation('cross-cluster-keys.get', { problems: ONE_KEY_PROBLEMS })
  @ApiOkResponse({ type: CrossClusterKeyResponse, headers: ETAG_HEADER })
  async get(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<Key> {
    const key = await this.reader.get(caller, 'cross_cluster', id);
    headers({ etag: etagOf(key) });
    return key;
  }

  @Patch(':id')
  @Operation('cross-cluster-keys.update', {
    description: 'Only the owner can. Name and type never change.',
    problems: [...BODY_PROBLEMS, ...ONE_KEY_PROBLEMS, ...UPDATE_PROBLEMS],
  })
  @ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'Entity tag of the state that the change was made for.',
  })
  @ApiBody({ type: UpdateCrossClusterKeyBody, examples: UPDATE_EXAMPLES })
  @ApiOkResponse({ type: UpdatedCrossClusterKeyResponse, headers: ETAG_HEADER })
  async update(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: UpdateCrossClusterKeyBody,
    @RequestHeader('if-match') ifMatch: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<KeyUpdateResult> {
    const result = await this.keys.update(caller, id, body, ifMatch);
    headers({ etag: etagOf(result.key) });
    return result;
  }

  @Delete(':id')
  @HttpCode(204)
  @Operation('cross-cluster-keys.invalidate', {
    description: 'Final: the next search of the other cluster is refused.',
    problems: [...ONE_KEY_PROBLEMS, 'key.invalidation-unconfirmed'],
  })
  @ApiNoContentResponse()
  async invalidate(@CurrentCaller() caller: AuthorizedCaller, @Param() { id }: KeyIdParam): Promise<void> {
    await this.invalidator.invalidateOne(caller, 'cross_cluster', id, OPERATIONS['cross-cluster-keys.invalidate']);
  }

  @Get(':id/connect')
  @Operation('cross-cluster-keys.connect', { problems: ONE_KEY_PROBLEMS })
  @ApiOkResponse({ type: ConnectPlanResponse })
  connect(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Query() query: ConnectQuery,
  ): Promise<ConnectPlan> {
    return this.keys.connect(caller, id, query);
  }

  @Post(':id/rotate')
  @Operation('cross-cluster-keys.rotate', {
    description:
      'The old key stays alive. The new one has its name, access, metadata, certificate identity and length of life.',
    problems: [
      ...BODY_PROBLEMS,
      ...ONE_KEY_PROBLEMS,
      'caller.is-api-key',
      'key.invalidated',
      'key.expired',
      'rotation.in-progress',
      'rotation.not-ready',
    ],
  })
  @ApiBody({ type: RotateCrossClusterKeyBody, required: false, examples: ROTATE_EXAMPLES })
  @ApiCreatedResponse({ type: RotatedCrossClusterKeyResponse, headers: LOCATION_HEADER })
  async rotate(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: RotateCrossClusterKeyBody,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<RotatedKey> {
    const rotated = await this.rotation.rotate(caller, id, body);
    headers({ location: `${ROUTE}/${rotated.key.id}` });
    return rotated;
  }

  @Post(':id/finalize')
  @HttpCode(200)
  @Operation('cross-cluster-keys.finalize', {
    description: 'Called on the old key. Invalidates it when the new one is alive; else nothing changes.',
    problems: [
      ...BODY_PROBLEMS,
      ...ONE_KEY_PROBLEMS,
      'key.invalidation-unconfirmed',
      'rotation.not-found',
      'rotation.no-such-successor',
      'rotation.not-ready',
    ],
  })
  @ApiBody({ type: FinalizeRotationBody, required: false, examples: FINALIZE_EXAMPLES })
  @ApiOkResponse({ type: FinalizedRotationResponse })
  finalize(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: FinalizeRotationBody,
  ): Promise<{ invalidated: string; new_key_id: string }> {
    return this.rotation.finalize(caller, id, body.new_key_id);
  }
}
