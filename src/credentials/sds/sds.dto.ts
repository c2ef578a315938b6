import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsIn, IsObject, IsString, MaxLength } from 'class-validator';
import type { FieldError } from '../../errors/service-error.js';
import { Optional } from '../../validation/optional.decorator.js';

export const SECRET_TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';
const MAX_NAME_LENGTH = 256;
const MAX_VERSION_LENGTH = 1024;

/** What Envoy asks, in the spelling that it used. */
export interface SecretQuestion {
  name: string;
  /** What the Envoy calls itself; says nothing about who it is. */
  nodeId?: string;
  version?: string;
}

const Names = (): PropertyDecorator =>
  applyDecorators(
    IsArray(),
    ArrayMinSize(1),
    ArrayMaxSize(1),
    IsString({ each: true }),
    MaxLength(MAX_NAME_LENGTH, { each: true }),
    Optional(),
  );

@ApiSchema({
  name: 'DiscoveryRequest',
  description: "Envoy's own message, in its JSON form: snake_case or camelCase. Whatever else Envoy says is read over.",
})
export class DiscoveryRequestBody {
  /** Envoy says more with each version; nothing of it decides anything here. */
  static readonly openBody = true;

  static rules(body: DiscoveryRequestBody): FieldError[] {
    const missing = (pointer: string, detail: string): FieldError => ({ pointer, code: 'field.invalid', detail });
    const type = body.type_url ?? body.typeUrl;
    return [
      ...((body.resource_names ?? body.resourceNames) === undefined
        ? [missing('/resource_names', 'must name exactly one secret')]
        : []),
      ...(type === undefined ? [missing('/type_url', `must be ${SECRET_TYPE}`)] : []),
    ];
  }

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    selfRequired: false,
    description: 'Only id is read, to tell instances apart.',
    example: { id: 'orders-1', cluster: 'orders' },
  })
  @Optional()
  @IsObject()
  node?: Record<string, unknown>;

  @ApiProperty({
    type: [String],
    minItems: 1,
    maxItems: 1,
    required: false,
    description: 'The profile.',
    example: ['orders-logs-writer'],
  })
  @Names()
  resource_names?: string[];

  @ApiProperty({ type: [String], minItems: 1, maxItems: 1, required: false })
  @Names()
  resourceNames?: string[];

  @ApiProperty({ enum: [SECRET_TYPE], required: false })
  @Optional()
  @IsIn([SECRET_TYPE])
  type_url?: string;

  @ApiProperty({ enum: [SECRET_TYPE], required: false })
  @Optional()
  @IsIn([SECRET_TYPE])
  typeUrl?: string;

  @ApiProperty({
    required: false,
    maxLength: MAX_VERSION_LENGTH,
    description: 'Of the secret in use; absent on the first poll.',
  })
  @Optional()
  @MaxLength(MAX_VERSION_LENGTH)
  @IsString()
  version_info?: string;

  @ApiProperty({ required: false, maxLength: MAX_VERSION_LENGTH })
  @Optional()
  @MaxLength(MAX_VERSION_LENGTH)
  @IsString()
  versionInfo?: string;
}

/**
 * What the poll asks. Lets go of everything else that it says: an Envoy's description of itself takes some 200 kB once
 * it is parsed, and thousands of polls are held at a time.
 */
export function questionOf(body: DiscoveryRequestBody): SecretQuestion {
  const [name = ''] = body.resource_names ?? body.resourceNames ?? [];
  const version = body.version_info ?? body.versionInfo;
  const { node = {} } = body;
  const id = node['id'];
  // In place, since the request holds the same object.
  for (const field of Object.keys(node)) if (field !== 'id') node[field] = undefined;
  return {
    name,
    ...(typeof id === 'string' && id !== '' && { nodeId: id.slice(0, MAX_NAME_LENGTH).replace(/[^\x21-\x7e]/g, '_') }),
    ...(version !== undefined && { version }),
  };
}

export class InlineSecret {
  @ApiProperty({
    description: 'The key, bare or as the whole value of Authorization, as the profile says.',
    example: 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==',
  })
  inline_string: string;
}

export class GenericSecret {
  @ApiProperty({ type: InlineSecret })
  secret: InlineSecret;
}

export class SecretResource {
  @ApiProperty({ example: SECRET_TYPE })
  '@type': string;

  @ApiProperty({ example: 'orders-logs-writer' })
  name: string;

  @ApiProperty({ type: GenericSecret })
  generic_secret: GenericSecret;
}

@ApiSchema({ name: 'DiscoveryResponse', description: 'Exactly one generic secret.' })
export class DiscoveryResponse {
  @ApiProperty({
    description: 'Names the key without holding anything of it; signed.',
    example: 'k1.VuaCfGcBCdbkQm-e5aOx.mkq1z0zk.j6o0.Jz0mYw5hQmVkX1aB.3q2-7wAAAAAAAAAAAAAAAA',
  })
  version_info: string;

  @ApiProperty({ type: [SecretResource], minItems: 1, maxItems: 1 })
  resources: SecretResource[];

  @ApiProperty({ example: SECRET_TYPE })
  type_url: string;
}
