import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsObject, Matches } from 'class-validator';
import {
  Consent,
  Expiration,
  FilterText,
  Metadata,
  RoleDescriptors,
  SecretFormats,
} from '../keys/fields/field.decorators.js';
import { KeyChanges } from '../keys/fields/key-changes.dto.js';
import { metadataErrors, roleDescriptorErrors } from '../keys/model/key-rules.js';
import { InvalidateKeysBody, KeyListQuery } from '../keys/fields/key.dto.js';
import { KeyName } from '../keys/fields/name.decorator.js';
import type { SecretFormat } from '../keys/model/secret-formats.js';
import type { JsonRecord } from '../json/json-record.js';
import type { FieldError } from '../errors/service-error.js';
import { Optional } from '../validation/optional.decorator.js';
import { markErrors, type Marks } from './marks.js';
import { Reason, Text } from '../keys/fields/text.decorator.js';

export const MAKERS = ['caller', 'service'] as const;

@ApiSchema({
  description:
    'A new managed key. Unless said otherwise it is made as the caller, so that Elasticsearch caps it at the ' +
    'rights of the caller.',
})
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

  @ApiProperty({
    description:
      "Template of the operator that the service makes the key by, under its own name. The key's name is that " +
      'of the template, or begins with it and a `/`.',
    required: false,
    maxLength: 100,
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$',
  })
  @Optional()
  @Matches(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, { message: 'must be the name of a template' })
  template?: string;

  @Expiration(
    'Elasticsearch time value (`30d`) or RFC 3339 instant; absent = never expires, or the longest life of the ' +
      'template.',
    '30d',
  )
  expiration?: string;

  @RoleDescriptors(
    'What the key may do, within the rights of its owner. Absent or {} = all rights of the caller; never so ' +
      'for a key of the service.',
  )
  role_descriptors?: JsonRecord;

  @Metadata('Anything else; managed, managed_by, owner and purpose are added.', { env: 'prod' })
  metadata?: JsonRecord;

  @SecretFormats()
  formats?: SecretFormat[];

  static rules(body: CreateManagedKeyBody): FieldError[] {
    return [
      ...metadataErrors(body.metadata),
      ...markErrors(body.metadata),
      ...roleDescriptorErrors(body.role_descriptors),
      ...makerErrors(body),
    ];
  }
}

function makerErrors({ as, template, name, role_descriptors: descriptors }: CreateManagedKeyBody): FieldError[] {
  if (template !== undefined) {
    return [
      ...(as === 'caller'
        ? [{ pointer: '/as', code: 'as.template', detail: 'a template is always carried out by the service' }]
        : []),
      ...(descriptors === undefined
        ? []
        : [{ pointer: '/role_descriptors', code: 'role_descriptors.template', detail: 'are those of the template' }]),
      ...(name === template || name.startsWith(`${template}/`)
        ? []
        : [
            {
              pointer: '/name',
              code: 'name.template',
              detail: 'must be the name of the template, or begin with it and a /',
            },
          ]),
    ];
  }
  if (as === 'service' && Object.keys(descriptors ?? {}).length === 0) {
    return [
      {
        pointer: '/role_descriptors',
        code: 'role_descriptors.required',
        detail: 'must say what a key of the service may do; absent or {} would be all rights of the service',
      },
    ];
  }
  return [];
}

export class ManagedKeyListQuery extends KeyListQuery {
  @FilterText('Label of the manager, as a key says it in manager.label.')
  manager?: string;

  @FilterText('Who answers for the key: metadata.owner. The user that owns it is username.')
  owner?: string;
}

@ApiSchema({ description: 'Changes to a managed key; what is absent stays. It stays managed.' })
export class UpdateManagedKeyBody extends KeyChanges {
  @Text('The name of the key, exactly.', 'orders-writer')
  confirm: string;

  @Reason()
  reason: string;

  @Metadata('Replaces the metadata; managed stays, and so do managed_by, owner and purpose unless they are named.', {
    env: 'prod',
  })
  declare metadata?: JsonRecord;
}

@ApiSchema({
  description: 'Why, and of which key: in the body, or in the query where a client cannot send a body with DELETE.',
})
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

@ApiSchema({
  description: 'Managed keys to invalidate. Unless allow_partial is true, nothing happens when any of them is refused.',
})
export class InvalidateManagedKeysBody extends InvalidateKeysBody {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'The name of each key, by its id.',
    example: { VuaCfGcBCdbkQm_e5aOx: 'orders-writer' },
  })
  @IsObject({ message: 'must be an object of id to name' })
  confirm: Record<string, unknown>;

  @Reason()
  reason: string;

  @Consent('Invalidate those that can be, even if others are refused.')
  allow_partial?: boolean;

  static rules({ ids, confirm }: InvalidateManagedKeysBody): FieldError[] {
    return Object.entries(confirm).flatMap(([id, name]) => {
      if (typeof name !== 'string')
        return [{ pointer: `/confirm/${id}`, code: 'confirm.type', detail: 'must be the name of the key' }];
      return ids.includes(id)
        ? []
        : [{ pointer: '/confirm', code: 'confirm.unknown', detail: 'names a key that is not in ids' }];
    });
  }
}
