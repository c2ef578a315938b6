import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Audited, AuditedSecret } from '../audit/audited.js';
import { CurrentCaller } from '../authorization/current-caller.decorator.js';
import { Operation } from '../authorization/operation.decorator.js';
import { ResponseHeaders, type HeaderWriter } from '../http/request-headers.decorator.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { KeyIdParam } from '../keys/fields/key.dto.js';
import { routeOf } from '../keys/model/key-kind.js';
import { CROSS_CLUSTER_KEY_DOCS } from './cross-cluster-keys.docs.js';
import { FinalizeRotationBody, RotateCrossClusterKeyBody } from './cross-cluster-keys.dto.js';
import { KeyRotation, type FinalizedRotation, type RotatedKey } from './key-rotation.service.js';

@ApiTags('Cross-cluster keys')
@Controller('v1/cross-cluster-keys/:id')
export class KeyRotationController {
  constructor(private readonly rotation: KeyRotation) {}

  @Post('rotate')
  @Operation('cross-cluster-keys.rotate', CROSS_CLUSTER_KEY_DOCS)
  rotate(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: RotateCrossClusterKeyBody,
    @ResponseHeaders() headers: HeaderWriter,
  ): AuditedSecret<RotatedKey> {
    return this.rotation
      .rotate(caller, id, body)
      .tap(({ key }) => headers({ location: routeOf('cross_cluster', key.id) }));
  }

  @Post('finalize')
  @HttpCode(200)
  @Operation('cross-cluster-keys.finalize', CROSS_CLUSTER_KEY_DOCS)
  finalize(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: FinalizeRotationBody,
  ): Audited<FinalizedRotation> {
    return this.rotation.finalize(caller, id, body.new_key_id);
  }
}
