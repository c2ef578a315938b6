import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';
import { Expiration, KeyId, SecretFormats } from '../../keys/fields/field.decorators.js';
import { KEY_STATUSES } from '../../keys/model/key-model.js';
import { KeyIdParam } from '../../keys/fields/key.dto.js';
import { KeySecretResponse } from '../../keys/fields/key.responses.dto.js';
import type { SecretFormat } from '../../keys/model/secret-formats.js';
import { Optional } from '../../validation/optional.decorator.js';
import { ManagedKeyResponse } from '../managed-keys.responses.dto.js';
import {
  ROTATION_STATES,
  ROTATION_WAYS,
  type GraceKeeper,
  type RotatedKeyState,
  type RotationState,
  type RotationWay,
} from '../../keys/rotation/rotation-state.js';
import { Reason } from '../../keys/fields/text.decorator.js';

const MAX_EXPIRATION_LENGTH = 64;
const MAX_ENCODED_LENGTH = 512;

@ApiSchema({
  description:
    'A new key with the name, role descriptors, metadata and owner of the old one, which ends after the time of grace.',
})
export class RotateManagedKeyBody {
  @ApiProperty({
    description:
      'How long the old key lives on: an Elasticsearch time value (`24h`) or an RFC 3339 instant. Never longer ' +
      'than its own expiration.',
    maxLength: MAX_EXPIRATION_LENGTH,
    example: '24h',
  })
  @MaxLength(MAX_EXPIRATION_LENGTH)
  @IsString()
  grace: string;

  @Reason()
  reason: string;

  @ApiProperty({
    description:
      "The old key's own secret (`encoded`), from a holder who is not its owner. The new key is then a clone " +
      'of it, which needs Elasticsearch 9.4 and manage_api_key.',
    required: false,
    maxLength: MAX_ENCODED_LENGTH,
    format: 'password',
  })
  @Optional()
  @Matches(/^[A-Za-z0-9+/]+={0,2}$/, { message: 'must be the encoded form of the key: base64 of id:api_key' })
  @MaxLength(MAX_ENCODED_LENGTH)
  @IsString()
  encoded?: string;

  @Expiration('Life of the new key; as long as that of the old one when absent.', '90d')
  expiration?: string;

  @SecretFormats()
  formats?: SecretFormat[];
}

@ApiSchema({ description: 'Why the rotation is ended so.' })
export class EndRotationBody {
  @Reason()
  reason: string;
}

export class RotationParam extends KeyIdParam {
  @KeyId('Id of the rotation, which is that of its new key.', { example: 'WeaCfGcBCdbkQm-e5aOx' })
  rotation_id: string;
}

@ApiSchema({ name: 'RotatedKeyState' })
export class RotatedKeyStateResponse implements RotatedKeyState {
  @ApiProperty({ example: 'VuaCfGcBCdbkQm-e5aOx' })
  id: string;

  @ApiProperty({
    enum: [...KEY_STATUSES, 'gone'],
    description: 'gone = Elasticsearch has removed it, 7 days after its end.',
  })
  status: RotatedKeyState['status'];

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-25T20:00:00.000Z' })
  expires_at: string | null;
}

@ApiSchema({ name: 'Rotation' })
export class RotationResponse {
  @ApiProperty({ description: 'Id of the new key.', example: 'WeaCfGcBCdbkQm-e5aOx' })
  id: string;

  @ApiProperty({
    enum: ROTATION_STATES,
    description:
      'grace: both keys live, the end of the old one is set. incomplete: both live, and nothing ends the old ' +
      'one; call rotate again with the same Idempotency-Key, or finalize, or cancel. overdue: the grace is ' +
      'over and the old key lives; finalize. finalized: the old key has ended. cancelled: the new key has. ' +
      'abandoned: the new key was invalidated without a cancel, and the old one still ends with the grace; ' +
      'cancel, which gives it its end back. failed: no key to go on with.',
  })
  state: RotationState;

  @ApiProperty({
    enum: ROTATION_WAYS,
    description: 'Who carries it out: the owner, the service that owns the key, or a holder of the secret by cloning.',
  })
  way: RotationWay;

  @ApiProperty({ format: 'date-time', example: '2026-11-24T20:00:00.000Z' })
  started_at: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-25T20:00:00.000Z' })
  grace_ends_at: string;

  @ApiProperty({ type: RotatedKeyStateResponse })
  old_key: RotatedKeyStateResponse;

  @ApiProperty({ type: RotatedKeyStateResponse })
  new_key: RotatedKeyStateResponse;
}

@ApiSchema({ name: 'FailedStep' })
export class FailedStepResponse {
  @ApiProperty({ example: 'upstream.unavailable' })
  code: string;

  @ApiProperty({ example: 'The end of the old key could not be set: Elasticsearch cannot be reached.' })
  detail: string;
}

export class RotatedManagedKeyResponse {
  @ApiProperty({ type: RotationResponse })
  rotation: RotationResponse;

  @ApiProperty({ type: ManagedKeyResponse, description: 'The new key.' })
  key: ManagedKeyResponse;

  @ApiProperty({
    oneOf: [{ $ref: '#/components/schemas/KeySecretResponse' }, { type: 'null' }],
    description: 'null when this call went on with a rotation that was begun before: its secret was answered then.',
  })
  secret: KeySecretResponse | null;

  @ApiProperty({
    enum: ['same', 'wider', 'narrower', 'different', 'unknown'],
    description:
      "How the owner's rights that cap the new key differ from those that capped the old one. A clone keeps them.",
    example: 'same',
  })
  ceiling: string;

  @ApiProperty({
    enum: ['elasticsearch', 'service', 'nobody'],
    description:
      'What ends the old key: its own expiration, the service at the end of the grace, or nobody until ' +
      'finalize is called.',
  })
  grace_kept_by: GraceKeeper;

  @ApiProperty({
    type: FailedStepResponse,
    required: false,
    description: 'The step that failed after the new key was made. What stands: both keys live.',
  })
  failed_step?: FailedStepResponse;
}
