import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { Optional } from '../../validation/optional.decorator.js';
import { SECRET_FORMATS } from '../model/secret-formats.js';

const MAX_EXPIRATION_LENGTH = 64;
const MAX_CURSOR_LENGTH = 8192;

/** The life of a key: an Elasticsearch time value or an RFC 3339 instant. What it may be is for `toTimeValue` to say. */
export function Expiration(description: string, example: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ description, required: false, maxLength: MAX_EXPIRATION_LENGTH, example }),
    Optional(),
    MaxLength(MAX_EXPIRATION_LENGTH),
    IsString(),
  );
}

/** Further forms of a secret in the answer. */
export function SecretFormats(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description: 'Further forms of the secret in the answer.',
      required: false,
      isArray: true,
      enum: SECRET_FORMATS,
      enumName: 'SecretFormat',
      example: ['encoded'],
    }),
    Optional(),
    ArrayMaxSize(SECRET_FORMATS.length),
    ArrayUnique(),
    IsIn(SECRET_FORMATS, { each: true }),
    IsArray(),
  );
}

/** Role descriptors; what is in them is for `roleDescriptorErrors` and Elasticsearch to judge. */
export function RoleDescriptors(description: string): PropertyDecorator {
  const options = {
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: true },
    selfRequired: false,
    example: { reader: { indices: [{ names: ['orders-*'], privileges: ['read'] }] } },
  } satisfies ApiPropertyOptions;
  return applyDecorators(
    ApiProperty({ ...options, description }),
    Optional(),
    IsObject({ message: 'must be an object' }),
  );
}

/** Metadata; what they may hold is for `metadataErrors` to say. */
export function Metadata(description: string, example: Record<string, string>): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ type: 'object', additionalProperties: true, selfRequired: false, example, description }),
    Optional(),
    IsObject({ message: 'must be an object' }),
  );
}

/** Length of a page, 1 to 100. */
export function PageSize(what = 'Keys'): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description: `${what} a page.`,
      required: false,
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: 50,
    }),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value,
    ),
    Optional(),
    Min(1),
    Max(100),
    IsInt({ message: 'must be a whole number from 1 to 100' }),
  );
}

export function PageCursor(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description: 'next_cursor of the page before, with the same filters and sort.',
      required: false,
      maxLength: MAX_CURSOR_LENGTH,
    }),
    Optional(),
    MaxLength(MAX_CURSOR_LENGTH),
    IsString(),
  );
}
