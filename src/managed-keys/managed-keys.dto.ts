import { ApiProperty, type ApiPropertyOptions, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsObject, IsString, Length, Matches, MaxLength } from 'class-validator';
import { metadataErrors, roleDescriptorErrors } from '../api-keys/key-rules.js';
import { InvalidateKeysBody, KeyListQuery, MAX_NAME_LENGTH } from '../api-keys/key.dto.js';
import { KeyName } from '../api-keys/name.decorator.js';
import { SECRET_FORMATS, type SecretFormat } from '../api-keys/secret-formats.js';
import type { JsonRecord } from '../elasticsearch/answer-shape.js';
import type { FieldError } from '../errors/service-error.js';
import { Optional } from '../validation/optional.decorator.js';
import { markErrors, type Marks } from './marks.js';
import { Reason, Text } from './text.decorator.js';

export const MAKERS = ['caller', 'service'] as const;

const MAX_EXPIRATION_LENGTH = 64;

export const ROLE_DESCRIPTORS = {
  type: 'object',
  additionalProperties: { type: 'object', additionalProperties: true },
  selfRequired: false,
  example: { reader: { indices: [{ names: ['orders-*'], privileges: ['read'] }] } },
} satisfies ApiPropertyOptions;

@ApiSchema({ description: 'A new managed key. Unless said otherwise it is made as the caller, so that Elasticsearch caps it at the rights of the caller.' })
export class CreateManagedKeyBody implements Marks {
  @KeyName()
  name: string;

  @Text('The software that keeps the key and uses it.', 'orders-platform')
  managed_by: string;

  @Text('Who answers for the key: a team or a person.', 'team-orders')
  owner: string;

  @Text('What the key is for, and so what stops without it.', 'Writing the log of orders')
  purpose: string;

  @ApiProperty({
    description: 'Whose key it is. `service` needs manage_security, asked of Elasticsearch anew, and role_descriptors.',
    required: false,
    enum: MAKERS,
    default: 'caller',
  })
  @Optional()
  @IsIn(MAKERS)
  as?: (typeof MAKERS)[number];

  @ApiProperty({ description: "Template of the operator that the service makes the key by, under its own name. The key's name is that of the template, or begins with it and a `/`.", required: false, maxLength: 100, pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' })
  @Optional()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, { message: 'must be the name of a template' })
  template?: string;

  @ApiProperty({ description: 'Elasticsearch time value (`30d`) or RFC 3339 instant; absent = never expires, or the longest life of the template.', required: false, maxLength: MAX_EXPIRATION_LENGTH, example: '30d' })
  @Optional()
  @MaxLength(MAX_EXPIRATION_LENGTH)
  @IsString()
  expiration?: string;

  @ApiProperty({ ...ROLE_DESCRIPTORS, description: 'What the key may do, within the rights of its owner. Absent or {} = all rights of the caller; never so for a key of the service.' })
  @Optional()
  @IsObject({ message: 'must be an object' })
  role_descriptors?: JsonRecord;

  @ApiProperty({ type: 'object', additionalProperties: true, selfRequired: false, example: { env: 'prod' }, description: 'Anything else; managed, managed_by, owner and purpose are added.' })
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

  static rules(body: CreateManagedKeyBody): FieldError[] {
    return [...metadataErrors(body.metadata), ...markErrors(body.metadata), ...roleDescriptorErrors(body.role_descriptors), ...makerErrors(body)];
  }
}

function makerErrors({ as, template, name, role_descriptors: descriptors }: CreateManagedKeyBody): FieldError[] {
  if (template !== undefined) {
    return [
      ...(as === 'caller' ? [{ pointer: '/as', code: 'as.template', detail: 'a template is always carried out by the service' }] : []),
      ...(descriptors === undefined ? [] : [{ pointer: '/role_descriptors', code: 'role_descriptors.template', detail: 'are those of the template' }]),
      ...(name === template || name.startsWith(`${template}/`) ? [] : [{ pointer: '/name', code: 'name.template', detail: 'must be the name of the template, or begin with it and a /' }]),
    ];
  }
  if (as === 'service' && Object.keys(descriptors ?? {}).length === 0) {
    return [{ pointer: '/role_descriptors', code: 'role_descriptors.required', detail: 'must say what a key of the service may do; absent or {} would be all rights of the service' }];
  }
  return [];
}

export class ManagedKeyListQuery extends KeyListQuery {
  @ApiProperty({ description: 'Label of the manager, as a key says it in manager.label.', required: false, maxLength: MAX_NAME_LENGTH })
  @Optional()
  @Length(1, MAX_NAME_LENGTH)
  @IsString()
  manager?: string;

  @ApiProperty({ description: 'Who answers for the key: metadata.owner. The user that owns it is username.', required: false, maxLength: MAX_NAME_LENGTH })
  @Optional()
  @Length(1, MAX_NAME_LENGTH)
  @IsString()
  owner?: string;
}

@ApiSchema({ description: 'Changes to a managed key; what is absent stays. It stays managed.' })
export class UpdateManagedKeyBody {
  @Text('The name of the key, exactly.', 'orders-writer')
  confirm: string;

  @Reason()
  reason: string;

  @ApiProperty({ ...ROLE_DESCRIPTORS, description: 'Replaces all role descriptors. {} gives the key all rights of its owner and needs allow_full_privileges.' })
  @Optional()
  @IsObject({ message: 'must be an object' })
  role_descriptors?: JsonRecord;

  @ApiProperty({ type: 'object', additionalProperties: true, selfRequired: false, example: { env: 'prod' }, description: 'Replaces the metadata; managed stays, and so do managed_by, owner and purpose unless they are named.' })
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

  static rules(body: UpdateManagedKeyBody): FieldError[] {
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

@ApiSchema({ description: 'Why, and of which key: in the body, or in the query where a client cannot send a body with DELETE.' })
export class InvalidateManagedKeyBody {
  @Text('The name of the key, exactly.', 'orders-writer', { optional: true })
  confirm?: string;

  @Reason({ optional: true })
  reason?: string;

  static readonly optionalBody = true;
}

export class InvalidateManagedKeyQuery {
  @Text('The name of the key, exactly; or in the body.', undefined, { optional: true })
  confirm?: string;

  @Reason({ optional: true, example: false })
  reason?: string;
}

@ApiSchema({ description: 'Managed keys to invalidate. Unless allow_partial is true, nothing happens when any of them is refused.' })
export class InvalidateManagedKeysBody extends InvalidateKeysBody {
  @ApiProperty({ type: 'object', additionalProperties: { type: 'string' }, description: 'The name of each key, by its id.', example: { VuaCfGcBCdbkQm_e5aOx: 'orders-writer' } })
  @IsObject({ message: 'must be an object of id to name' })
  confirm: Record<string, unknown>;

  @Reason()
  reason: string;

  @ApiProperty({ description: 'Invalidate those that can be, even if others are refused.', required: false, type: Boolean, default: false })
  @Optional()
  @IsBoolean()
  allow_partial?: boolean;

  static rules({ ids, confirm }: InvalidateManagedKeysBody): FieldError[] {
    return Object.entries(confirm).flatMap(([id, name]) => {
      if (typeof name !== 'string') return [{ pointer: `/confirm/${id}`, code: 'confirm.type', detail: 'must be the name of the key' }];
      return ids.includes(id) ? [] : [{ pointer: '/confirm', code: 'confirm.unknown', detail: 'names a key that is not in ids' }];
    });
  }
}
