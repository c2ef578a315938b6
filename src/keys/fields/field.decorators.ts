import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { Optional } from '../../validation/optional.decorator.js';
import { SECRET_FORMATS } from '../model/secret-formats.js';

/** Ids are 20 characters of base64url; some room for other versions. */
export const KEY_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
export const MAX_NAME_LENGTH = 256;
const MAX_EXPIRATION_LENGTH = 64;
const MAX_CURSOR_LENGTH = 8192;

// The first constraint that fails is the one that is answered: so that of the type comes first.

/** Id of a key, as Elasticsearch gives it. */
export function KeyId(
  description: string,
  { example, optional = false }: { example?: string; optional?: boolean },
): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description,
      required: !optional,
      pattern: KEY_ID_PATTERN.source,
      ...(example !== undefined && { example }),
    }),
    ...(optional ? [Optional()] : []),
    Matches(KEY_ID_PATTERN, { message: 'must have 1 to 64 characters of A-Z, a-z, 0-9, _ and -' }),
  );
}

/** A word to filter a list by. */
export function FilterText(description: string, maxLength = MAX_NAME_LENGTH): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ description, required: false, maxLength }),
    Optional(),
    IsString(),
    Length(1, maxLength),
  );
}

/** What is dangerous or partial unless it is said to be meant. */
export function Consent(description: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ description, required: false, type: Boolean, default: false }),
    Optional(),
    IsBoolean(),
  );
}

/**
 * The life of a key: an Elasticsearch time value or an RFC 3339 instant. What it may be is for `toTimeValue` to say.
 */
export function Expiration(description: string, example: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ description, required: false, maxLength: MAX_EXPIRATION_LENGTH, example }),
    Optional(),
    IsString(),
    MaxLength(MAX_EXPIRATION_LENGTH),
  );
}

/** Further forms of a secret in the answer. @param formats those of Elasticsearch, unless a kind of keys has more. */
export function SecretFormats({
  formats = SECRET_FORMATS,
  enumName = 'SecretFormat',
  description = 'Further forms of the secret in the answer.',
  example = 'encoded',
}: { formats?: readonly string[]; enumName?: string; description?: string; example?: string } = {}): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ description, required: false, isArray: true, enum: [...formats], enumName, example: [example] }),
    Optional(),
    IsArray(),
    ArrayMaxSize(formats.length),
    ArrayUnique(),
    IsIn([...formats], { each: true }),
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
