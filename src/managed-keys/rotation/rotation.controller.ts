import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { KeyIdParam } from '../../keys/fields/key.dto.js';
import type { AfterAudit } from '../../audit/after-audit.js';
import {
  BODY_PROBLEMS,
  IDEMPOTENCY_PROBLEMS,
  ONE_KEY_PROBLEMS,
  SERVICE_PROBLEMS,
} from '../../authorization/api-problems.decorator.js';
import { CurrentCaller } from '../../authorization/current-caller.decorator.js';
import { Operation } from '../../authorization/operation.decorator.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import {
  RequestHeader,
  ResponseHeaders,
  ResponseStatus,
  type HeaderWriter,
  type StatusWriter,
} from '../../http/request-headers.decorator.js';
import { END_EXAMPLES, ROTATE_EXAMPLES } from '../managed-keys.examples.js';
import {
  EndRotationBody,
  RotatedManagedKeyResponse,
  RotateManagedKeyBody,
  RotationParam,
  RotationResponse,
} from './rotation.dto.js';
import { RotationEnd } from './rotation-end.service.js';
import { ManagedKeyRotation, type RotatedManagedKey } from './rotation.service.js';
import type { Rotation } from '../../keys/rotation/rotation-state.js';

@ApiTags('Managed keys')
@Controller('v1/managed-keys/:id')
export class RotationController {
  constructor(
    private readonly rotation: ManagedKeyRotation,
    private readonly ending: RotationEnd,
  ) {}

  @Post('rotate')
  @Operation('managed-keys.rotate', {
    description:
      "Makes a new key with the role descriptors, metadata and owner of the old one, and lets the old one end after the grace. The owner rotates its own keys; keys of the service are rotated by it for a holder of `manage_security` or a caller of their template; a holder of the old secret (`encoded`) who has `manage_api_key` gets a clone (Elasticsearch 9.4+). Everybody else gets `rotation.owner-required`. With an Idempotency-Key a second call goes on where the first one stopped and answers 200, without the secret. Setting the end renews the snapshot of the owner's rights in the old key, as every update does.",
    problems: [
      ...BODY_PROBLEMS,
      ...ONE_KEY_PROBLEMS,
      ...SERVICE_PROBLEMS,
      ...IDEMPOTENCY_PROBLEMS,
      'caller.is-api-key',
      'key.invalidated',
      'key.expired',
      'key.leased',
      'template.not-allowed',
      'template.changed',
      'rotation.in-progress',
      'rotation.owner-required',
    ],
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: '16 to 64 characters. Remembered in the metadata of the new key, by every replica.',
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.:-]{16,64}$' },
  })
  @ApiBody({ type: RotateManagedKeyBody, examples: ROTATE_EXAMPLES })
  @ApiCreatedResponse({
    type: RotatedManagedKeyResponse,
    headers: { Location: { description: 'Route of the rotation.', schema: { type: 'string' } } },
  })
  @ApiOkResponse({ type: RotatedManagedKeyResponse, description: 'Gone on with; no secret.' })
  async rotate(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: RotateManagedKeyBody,
    @RequestHeader('idempotency-key') idempotencyKey: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
    @ResponseStatus() status: StatusWriter,
  ): Promise<AfterAudit<RotatedManagedKey>> {
    const { answer, newKeyId, resumed } = await this.rotation.start(caller, id, body, idempotencyKey);
    headers({ location: `/v1/managed-keys/${id}/rotations/${newKeyId}` });
    if (resumed) status(200);
    return answer;
  }

  @Get('rotations/:rotation_id')
  @Operation('managed-keys.rotation', { problems: [...ONE_KEY_PROBLEMS, 'rotation.unknown'] })
  @ApiOkResponse({ type: RotationResponse })
  read(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id, rotation_id: rotationId }: RotationParam,
  ): Promise<Rotation> {
    return this.ending.read(caller, id, rotationId);
  }

  @Post('rotations/:rotation_id/cancel')
  @HttpCode(200)
  @Operation('managed-keys.cancel-rotation', {
    description:
      'While the old key lives: gives it back its end and invalidates the new one. A key that never expired gets an end in 100 years, since an expiration can be moved but not removed.',
    problems: [
      ...BODY_PROBLEMS,
      ...ONE_KEY_PROBLEMS,
      ...SERVICE_PROBLEMS,
      'caller.is-api-key',
      'key.invalidation-unconfirmed',
      'rotation.unknown',
      'rotation.owner-required',
      'rotation.not-ready',
    ],
  })
  @ApiBody({ type: EndRotationBody, examples: END_EXAMPLES })
  @ApiOkResponse({ type: RotationResponse })
  cancel(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id, rotation_id: rotationId }: RotationParam,
    @Body() _body: EndRotationBody,
  ): Promise<Rotation> {
    return this.ending.cancel(caller, id, rotationId);
  }

  @Post('rotations/:rotation_id/finalize')
  @HttpCode(200)
  @Operation('managed-keys.finalize-rotation', {
    description: 'Invalidates the old key when the new one lives; else nothing changes.',
    problems: [
      ...BODY_PROBLEMS,
      ...ONE_KEY_PROBLEMS,
      ...SERVICE_PROBLEMS,
      'caller.is-api-key',
      'key.invalidation-unconfirmed',
      'rotation.unknown',
      'rotation.owner-required',
      'rotation.not-ready',
    ],
  })
  @ApiBody({ type: EndRotationBody, examples: END_EXAMPLES })
  @ApiOkResponse({ type: RotationResponse })
  finalize(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id, rotation_id: rotationId }: RotationParam,
    @Body() _body: EndRotationBody,
  ): Promise<Rotation> {
    return this.ending.finalize(caller, id, rotationId);
  }
}
