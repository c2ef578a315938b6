import { applyDecorators } from '@nestjs/common';
import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, ArrayUnique, IsArray, IsBoolean, IsIn, IsInt, Matches } from 'class-validator';
import { Optional } from '../../validation/optional.decorator.js';
import { FilterText, KEY_ID_PATTERN, KeyId, PageCursor, PageSize } from './field.decorators.js';
import { KEY_STATUSES, type KeyStatus } from '../model/key-model.js';
import { KEY_SORTS, type KeySort } from '../reading/key-query.js';
import { ListQuery } from '../reading/list-query.js';

const MAX_IDS = 100;
const MAX_OWNER_LENGTH = 1024;

export class KeyIdParam {
  @KeyId('Id of the key.', { example: 'VuaCfGcBCdbkQm-e5aOx' })
  id: string;
}

/** Epoch milliseconds or an RFC 3339 instant, as epoch milliseconds. */
const Instant = (what: string): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      description: `${what}: RFC 3339 instant (2026-11-24T00:00:00Z) or epoch milliseconds.`,
      type: String,
      required: false,
    }),
    Transform(({ value }: { value: unknown }) => {
      if (typeof value !== 'string') return value;
      if (/^\d{1,15}$/.test(value)) return Number(value);
      return /^\d{4}-\d{2}-\d{2}T/.test(value) ? Date.parse(value) : Number.NaN;
    }),
    Optional(),
    IsInt({ message: 'must be an RFC 3339 instant (2026-11-24T00:00:00Z) or epoch milliseconds' }),
  );

export class KeyListQuery extends ListQuery {
  @FilterText('Exact name.')
  name?: string;

  @FilterText('Start of the name; case-sensitive.')
  name_prefix?: string;

  @FilterText('Owner.', MAX_OWNER_LENGTH)
  username?: string;

  @FilterText('Realm of the owner.', MAX_OWNER_LENGTH)
  realm?: string;

  @ApiProperty({ description: 'All statuses when absent.', required: false, enum: KEY_STATUSES, enumName: 'KeyStatus' })
  @Optional()
  @IsIn(KEY_STATUSES)
  status?: KeyStatus;

  @Instant('Created after')
  created_after?: number;

  @Instant('Created before')
  created_before?: number;

  @Instant('Expires after')
  expires_after?: number;

  @Instant('Expires before')
  expires_before?: number;

  @ApiProperty({
    description: 'Order; keys that never expire count as the last to expire.',
    required: false,
    enum: KEY_SORTS,
    enumName: 'KeySort',
    default: '-creation',
  })
  @Optional()
  @IsIn(KEY_SORTS)
  sort?: KeySort;

  @PageSize()
  size?: number;

  @PageCursor()
  cursor?: string;
}

export class KeyGetQuery {
  @ApiProperty({
    description: "Also answer `limited_by`: the owner's rights at the last change, which cap the key.",
    required: false,
    type: Boolean,
    default: false,
  })
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @Optional()
  @IsBoolean({ message: 'must be true or false' })
  with_limited_by?: boolean;
}

@ApiSchema({ description: 'Keys to invalidate. Never empty: an empty filter must not mean all keys.' })
export class InvalidateKeysBody {
  @ApiProperty({ type: [String], minItems: 1, maxItems: MAX_IDS, uniqueItems: true, example: ['VuaCfGcBCdbkQm-e5aOx'] })
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_IDS)
  @ArrayUnique()
  @Matches(KEY_ID_PATTERN, { each: true, message: 'each must have 1 to 64 characters of A-Z, a-z, 0-9, _ and -' })
  @IsArray()
  ids: string[];
}
