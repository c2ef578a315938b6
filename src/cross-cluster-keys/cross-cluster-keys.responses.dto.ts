import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { KeyResponse, KeySecretResponse } from '../keys/fields/key.responses.dto.js';
import type { JsonRecord } from '../json/json-record.js';
import { CONNECT_MODES, type ConnectMode } from './connect-steps.js';

@ApiSchema({ name: 'CrossClusterKey', description: 'A cross-cluster key.' })
export class CrossClusterKeyResponse extends KeyResponse {
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { search: [{ names: ['logs-*'], allow_restricted_indices: false }] },
  })
  access: JsonRecord;

  @ApiProperty({ description: 'The access in words.', example: 'May search logs-*.' })
  access_summary: string;

  @ApiProperty({ required: false, description: 'Absent when the key has none.', example: 'CN=local,OU=search,O=Org' })
  certificate_identity?: string;
}

export class ConnectStepResponse {
  @ApiProperty({ example: 'Let the nodes read the keystore' })
  title: string;

  @ApiProperty({ example: 'On the other cluster; no restart.' })
  note: string;

  @ApiProperty({ example: 'POST /_nodes/reload_secure_settings' })
  command: string;
}

export class ConnectPlanResponse {
  @ApiProperty({ example: 'VuaCfGcBCdbkQm-e5aOx' })
  key_id: string;

  @ApiProperty({ example: 'my_remote_cluster' })
  alias: string;

  @ApiProperty({ enum: CONNECT_MODES, example: 'proxy' })
  mode: ConnectMode;

  @ApiProperty({ type: [ConnectStepResponse] })
  steps: ConnectStepResponse[];
}

export class CrossClusterSecretResponse extends KeySecretResponse {
  @ApiProperty({
    type: ConnectPlanResponse,
    required: false,
    description: 'With format remote-cluster: the steps, with the secret in them.',
  })
  remote_cluster?: ConnectPlanResponse;
}

export class CreatedCrossClusterKeyResponse {
  @ApiProperty({ type: CrossClusterKeyResponse })
  key: CrossClusterKeyResponse;

  @ApiProperty({ type: CrossClusterSecretResponse, description: 'Answered once, here.' })
  secret: CrossClusterSecretResponse;
}

export class RotatedCrossClusterKeyResponse extends CreatedCrossClusterKeyResponse {
  @ApiProperty({
    description: 'Id of the old key, which stays alive until the rotation is finalized.',
    example: 'VuaCfGcBCdbkQm-e5aOx',
  })
  replaces: string;

  @ApiProperty({
    type: ConnectPlanResponse,
    description: 'What to do on the other cluster, with the secret of the new key.',
  })
  connect: ConnectPlanResponse;

  @ApiProperty({
    description: 'Call when searches of the other cluster use the new key.',
    example: 'POST /v1/cross-cluster-keys/VuaCfGcBCdbkQm-e5aOx/finalize',
  })
  finalize: string;
}

export class FinalizedRotationResponse {
  @ApiProperty({ description: 'The old key.', example: 'VuaCfGcBCdbkQm-e5aOx' })
  invalidated: string;

  @ApiProperty({ description: 'The key that took over.', example: 'XuaCfGcBCdbkQm-e5aOz' })
  new_key_id: string;
}

export class UpdatedCrossClusterKeyResponse {
  @ApiProperty({ description: 'false when nothing would have changed.', example: true })
  updated: boolean;

  @ApiProperty({ type: CrossClusterKeyResponse })
  key: CrossClusterKeyResponse;
}

export class CrossClusterKeyListResponse {
  @ApiProperty({ type: [CrossClusterKeyResponse] })
  items: CrossClusterKeyResponse[];

  @ApiProperty({ type: 'integer', example: 1 })
  total: number;

  @ApiProperty({ type: String, nullable: true, example: null })
  next_cursor: string | null;
}

export class IdentityMatchResponse {
  @ApiProperty({ example: true })
  matches: boolean;

  @ApiProperty({ description: 'The subject as Elasticsearch compares it.', example: 'CN=local-1,OU=search,O=Org' })
  subject: string;

  @ApiProperty({
    enum: ['rfc2253', 'openssl'],
    description: 'In which order the subject was given.',
    example: 'openssl',
  })
  read_as: 'rfc2253' | 'openssl';

  @ApiProperty({
    required: false,
    example: 'The pattern matches a part only: the whole name must match; put .* around it.',
  })
  hint?: string;
}
