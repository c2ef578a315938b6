import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentCaller } from '../authorization/current-caller.decorator.js';
import { Operation } from '../authorization/operation.decorator.js';
import { ResponseHeaders, type HeaderWriter } from '../http/request-headers.decorator.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { KeyIdParam } from '../keys/fields/key.dto.js';
import { routeOf } from '../keys/model/key-kind.js';
import { CROSS_CLUSTER_KEY_DOCS } from './cross-cluster-keys.docs.js';
import { FinalizeRotationBody, RotateCrossClusterKeyBody } from './cross-cluster-keys.dto.js';
import { KeyRotation, type RotatedKey } from './key-rotation.service.js';

@ApiTags('Cross-cluster keys')
@Controller('v1/cross-cluster-keys/:id')
export class KeyRotationController {
  constructor(private readonly rotation: KeyRotation) {}

  @Post('rotate')
  @Operation('cross-cluster-keys.rotate', CROSS_CLUSTER_KEY_DOCS)
  async rotate(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: RotateCrossClusterKeyBody,
    @ResponseHeaders() headers: HeaderWriter,
  ): Promise<RotatedKey> {
    const rotated = await this.rotation.rotate(caller, id, body);
    headers({ location: routeOf('cross_cluster', rotated.key.id) });
    return rotated;
  }

  @Post('finalize')
  @HttpCode(200)
  @Operation('cross-cluster-keys.finalize', CROSS_CLUSTER_KEY_DOCS)
  finalize(
    @CurrentCaller() caller: AuthorizedCaller,
    @Param() { id }: KeyIdParam,
    @Body() body: FinalizeRotationBody,
  ): Promise<{ invalidated: string; new_key_id: string }> {
    return this.rotation.finalize(caller, id, body.new_key_id);
  }
}
