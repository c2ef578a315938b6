import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { KeyIdParam } from '../../keys/fields/key.dto.js';
import type { Audited, AuditedSecret } from '../../audit/audited.js';
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
import { ROTATION_DOCS } from './rotation.docs.js';
import { EndRotationBody, RotateManagedKeyBody, RotationParam } from './rotation.dto.js';
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
  @Operation('managed-keys.rotate', ROTATION_DOCS)
  rotate(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: RotateManagedKeyBody,
    @RequestHeader('idempotency-key') idempotencyKey: string | undefined,
    @ResponseHeaders() headers: HeaderWriter,
    @ResponseStatus() status: StatusWriter,
  ): AuditedSecret<RotatedManagedKey> {
    return this.rotation.start(caller, id, body, idempotencyKey).tap(({ key, secret }) => {
      headers({ location: `/v1/managed-keys/${id}/rotations/${key.id}` });
      if (secret === null) status(200);
    });
  }

  @Get('rotations/:rotation_id')
  @Operation('managed-keys.rotation', ROTATION_DOCS)
  read(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id, rotation_id: rotationId }: RotationParam,
  ): Promise<Rotation> {
    return this.ending.read(caller, id, rotationId);
  }

  @Post('rotations/:rotation_id/cancel')
  @HttpCode(200)
  @Operation('managed-keys.cancel-rotation', ROTATION_DOCS)
  cancel(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id, rotation_id: rotationId }: RotationParam,
    @Body() { reason }: EndRotationBody,
  ): Audited<Rotation> {
    return this.ending.cancel(caller, id, rotationId, reason);
  }

  @Post('rotations/:rotation_id/finalize')
  @HttpCode(200)
  @Operation('managed-keys.finalize-rotation', ROTATION_DOCS)
  finalize(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id, rotation_id: rotationId }: RotationParam,
    @Body() { reason }: EndRotationBody,
  ): Audited<Rotation> {
    return this.ending.finalize(caller, id, rotationId, reason);
  }
}
