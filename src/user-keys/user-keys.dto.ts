import { ApiProperty, type ApiPropertyOptions, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsObject, IsString, MaxLength } from 'class-validator';
import { metadataErrors, roleDescriptorErrors } from '../api-keys/key-rules.js';
import { KeySecretResponse, UserKeyResponse } from '../api-keys/key.dto.js';
import { KeyName } from '../api-keys/name.decorator.js';
import { SECRET_FORMATS, type SecretFormat } from '../api-keys/secret-formats.js';
import { Optional } from '../validation/optional.decorator.js';
import type { JsonRecord } from '../elasticsearch/answer-shape.js';
import type { RefreshPolicy } from '../elasticsearch/elasticsearch-types.js';
import type { FieldError } from '../errors/service-error.js';

const REFRESH_POLICIES = ['true', 'false', 'wait_for'] as const;
const MAX_EXPIRATION_LENGTH = 64;

const ROLE_DESCRIPTORS = {
  type: 'object',
  additionalProperties: { type: 'object', additionalProperties: true },
  selfRequired: false,
  example: { reader: { indices: [{ names: ['orders-*'], privileges: ['read'] }] } },
} satisfies ApiPropertyOptions;
const METADATA = { type: 'object', additionalProperties: true, selfRequired: false, example: { team: 'orders' } } satisfies ApiPropertyOptions;

export class CreateUserKeyQuery {
  @ApiProperty({ description: 'When the new key can be listed: `true` at once, `wait_for` after about a second, `false` later. It authenticates at once in any case.', required: false, enum: REFRESH_POLICIES })
  @Optional()
  @IsIn(REFRESH_POLICIES)
  refresh?: RefreshPolicy;
}

@ApiSchema({ description: 'A new user key. It can never do more than its owner, the caller.' })
export class CreateUserKeyBody {
  @KeyName()
  name: string;

  @ApiProperty({ description: 'Elasticsearch time value (`30d`) or RFC 3339 instant; absent = never expires.', required: false, maxLength: MAX_EXPIRATION_LENGTH, example: '30d' })
  @Optional()
  @MaxLength(MAX_EXPIRATION_LENGTH)
  @IsString()
  expiration?: string;

  @ApiProperty({ ...ROLE_DESCRIPTORS, description: 'What the key may do, within the rights of its owner. Absent or {} = all rights of the owner (`restricted: false` in the answer).' })
  @Optional()
  @IsObject({ message: 'must be an object' })
  role_descriptors?: JsonRecord;

  @ApiProperty({ ...METADATA, description: 'Anything; names at the top must not start with _.' })
  @Optional()
  @IsObject({ message: 'must be an object' })
  metadata?: JsonRecord;

  @ApiProperty({ description: 'Further forms of the secret in the answer.', required: false, isArray: true, enum: SECRET_FORMATS, enumName: 'SecretFormat', example: ['encoded'] })
  @Optional()
  @ArrayMaxSize(SECRET_FORMATS.length)
  @ArrayUnique()
  @IsIn(SECRET_FORMATS, { each: true })
  @IsArray()
  formats?: SecretFormat[];

  static rules(body: CreateUserKeyBody): FieldError[] {
    return [...metadataErrors(body.metadata), ...roleDescriptorErrors(body.role_descriptors)];
  }
}

@ApiSchema({ description: "Changes to a user key; what is absent stays. Every update also renews the snapshot of the owner's rights that caps the key." })
export class UpdateUserKeyBody {
  @ApiProperty({ ...ROLE_DESCRIPTORS, description: 'Replaces all role descriptors. {} gives the key all rights of its owner and needs allow_full_privileges.' })
  @Optional()
  @IsObject({ message: 'must be an object' })
  role_descriptors?: JsonRecord;

  @ApiProperty({ ...METADATA, description: 'Replaces all metadata.' })
  @Optional()
  @IsObject({ message: 'must be an object' })
  metadata?: JsonRecord;

  @ApiProperty({ description: 'Elasticsearch time value, counted from now, or RFC 3339 instant. An expiration can be moved, never removed.', required: false, maxLength: MAX_EXPIRATION_LENGTH, example: '90d' })
  @Optional()
  @MaxLength(MAX_EXPIRATION_LENGTH)
  @IsString()
  expiration?: string;

  @ApiProperty({ description: 'Says that role_descriptors: {} is meant.', required: false, type: Boolean })
  @Optional()
  @IsBoolean()
  allow_full_privileges?: boolean;

  static readonly immutable = ['name', 'type', 'id', 'username', 'realm'] as const;

  static rules(body: UpdateUserKeyBody): FieldError[] {
    const { role_descriptors: descriptors, metadata, expiration } = body;
    const errors = [...metadataErrors(metadata), ...roleDescriptorErrors(descriptors)];
    if (descriptors === undefined && metadata === undefined && expiration === undefined) {
      errors.push({ pointer: '', code: 'body.empty', detail: "must name at least one of role_descriptors, metadata, expiration: an empty update would still renew the owner's rights" });
    }
    if (descriptors !== undefined && Object.keys(descriptors).length === 0 && body.allow_full_privileges !== true) {
      errors.push({ pointer: '/role_descriptors', code: 'role_descriptors.widest', detail: '{} gives the key all rights of its owner; if that is meant, say allow_full_privileges: true' });
    }
    return errors;
  }
}

export class CreatedUserKeyResponse {
  @ApiProperty({ type: UserKeyResponse })
  key: UserKeyResponse;

  @ApiProperty({ type: KeySecretResponse, description: 'Answered once, here. Neither Latchkey nor Elasticsearch can show it again.' })
  secret: KeySecretResponse;
}

export class UpdatedUserKeyResponse {
  @ApiProperty({ description: 'false when nothing would have changed.', example: true })
  updated: boolean;

  @ApiProperty({ type: UserKeyResponse })
  key: UserKeyResponse;
}

export class UserKeyListResponse {
  @ApiProperty({ type: [UserKeyResponse] })
  items: UserKeyResponse[];

  @ApiProperty({ type: 'integer', description: 'Keys that match, on all pages.', example: 1 })
  total: number;

  @ApiProperty({ type: String, nullable: true, description: 'null on the last page.', example: null })
  next_cursor: string | null;
}
