import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, MaxLength } from 'class-validator';
import { PageCursor, PageSize } from '../../keys/fields/field.decorators.js';
import { MAX_NAME_LENGTH } from '../../keys/fields/key.dto.js';
import { ListQuery } from '../../keys/reading/list-query.js';
import { Optional } from '../../validation/optional.decorator.js';

const MAX_WITHIN_LENGTH = 16;

export class CalendarQuery extends ListQuery {
  @ApiProperty({
    description: 'How far ahead: an Elasticsearch time value such as `30d`.',
    required: false,
    maxLength: MAX_WITHIN_LENGTH,
    default: '30d',
  })
  @Optional()
  @MaxLength(MAX_WITHIN_LENGTH)
  @IsString()
  within?: string;

  @ApiProperty({
    description: 'Label of the manager, as a key says it in manager.label.',
    required: false,
    maxLength: MAX_NAME_LENGTH,
  })
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
  @PageSize()
  size?: number;

  @PageCursor()
  cursor?: string;
}
