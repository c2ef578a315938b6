import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { Expiration, Metadata, RoleDescriptors, SecretFormats } from '../keys/fields/field.decorators.js';
import { KeyChanges } from '../keys/fields/key-changes.dto.js';
import { metadataErrors, roleDescriptorErrors } from '../keys/model/key-rules.js';
import { KeySecretResponse, UserKeyResponse } from '../keys/fields/key.responses.dto.js';
import { KeyName } from '../keys/fields/name.decorator.js';
import type { SecretFormat } from '../keys/model/secret-formats.js';
import { Optional } from '../validation/optional.decorator.js';
import type { JsonRecord } from '../json/json-record.js';
import type { RefreshPolicy } from '../elasticsearch/elasticsearch-types.js';
import type { FieldError } from '../errors/service-error.js';

const REFRESH_POLICIES = ['true', 'false', 'wait_for'] as const;
export class CreateUserKeyQuery {
  @ApiProperty({
    description:
      'When the new key can be listed: `true` at once, `wait_for` after about a second, `false` later. It ' +
      'authenticates at once in any case.',
    required: false,
    enum: REFRESH_POLICIES,
  })
  @Optional()
  @IsIn(REFRESH_POLICIES)
  refresh?: RefreshPolicy;
}

@ApiSchema({ description: 'A new user key. It can never do more than its owner, the caller.' })
export class CreateUserKeyBody {
  @KeyName()
  name: string;

  @Expiration('Elasticsearch time value (`30d`) or RFC 3339 instant; absent = never expires.', '30d')
  expiration?: string;

  @RoleDescriptors(
    'What the key may do, within the rights of its owner. Absent or {} = all rights of the owner (`restricted: ' +
      'false` in the answer).',
  )
  role_descriptors?: JsonRecord;

  @Metadata('Anything; names at the top must not start with _.', { team: 'orders' })
  metadata?: JsonRecord;

  @SecretFormats()
  formats?: SecretFormat[];

  static rules(body: CreateUserKeyBody): FieldError[] {
    return [...metadataErrors(body.metadata), ...roleDescriptorErrors(body.role_descriptors)];
  }
}

@ApiSchema({
  description:
    "Changes to a user key; what is absent stays. Every update also renews the snapshot of the owner's rights " +
    'that caps the key.',
})
export class UpdateUserKeyBody extends KeyChanges {}

export class CreatedUserKeyResponse {
  @ApiProperty({ type: UserKeyResponse })
  key: UserKeyResponse;

  @ApiProperty({
    type: KeySecretResponse,
    description: 'Answered once, here. Neither Latchkey nor Elasticsearch can show it again.',
  })
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
