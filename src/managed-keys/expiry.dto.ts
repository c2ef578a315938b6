import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import { MAX_NAME_LENGTH } from '../api-keys/key.dto.js';
import { Optional } from '../validation/optional.decorator.js';

const MAX_WITHIN_LENGTH = 16;

export class CalendarQuery {
  @ApiProperty({ description: 'How far ahead: an Elasticsearch time value such as `30d`.', required: false, maxLength: MAX_WITHIN_LENGTH, default: '30d' })
  @Optional()
  @MaxLength(MAX_WITHIN_LENGTH)
  @IsString()
  within?: string;

  @ApiProperty({ description: 'Label of the manager, as a key says it in manager.label.', required: false, maxLength: MAX_NAME_LENGTH })
  @Optional()
  @Length(1, MAX_NAME_LENGTH)
  @IsString()
  manager?: string;

  @ApiProperty({ description: 'Who answers for the key: metadata.owner.', required: false, maxLength: MAX_NAME_LENGTH })
  @Optional()
  @Length(1, MAX_NAME_LENGTH)
  @IsString()
  owner?: string;
}

export class ExpiringQuery extends CalendarQuery {
  @ApiProperty({ description: 'Keys a page.', required: false, type: 'integer', minimum: 1, maximum: 100, default: 50 })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value))
  @Optional()
  @Min(1)
  @Max(100)
  @IsInt({ message: 'must be a whole number from 1 to 100' })
  size?: number;

  @ApiProperty({ description: 'next_cursor of the page before, with the same filters.', required: false, maxLength: 8192 })
  @Optional()
  @MaxLength(8192)
  @IsString()
  cursor?: string;
}
