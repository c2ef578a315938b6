import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { FilterText, PageCursor, PageSize } from '../../keys/fields/field.decorators.js';
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

  @FilterText('Label of the manager, as a key says it in manager.label.')
  manager?: string;

  @FilterText('Who answers for the key: metadata.owner.')
  owner?: string;
}

export class ExpiringQuery extends CalendarQuery {
  @PageSize()
  size?: number;

  @PageCursor()
  cursor?: string;
}
