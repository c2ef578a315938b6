import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsIn, IsString, Length, Matches, MaxLength } from 'class-validator';
import { FilterText, PageCursor, PageSize } from '../../keys/fields/field.decorators.js';
import { KEY_STATUSES, type KeyStatus } from '../../keys/model/key-model.js';
import { KEY_SORTS, type KeySort } from '../../keys/reading/key-query.js';
import { ListQuery } from '../../keys/reading/list-query.js';
import { PROFILE_NAME } from '../../config/profiles/profiles-schema.js';
import type { FieldError } from '../../errors/service-error.js';
import { Optional } from '../../validation/optional.decorator.js';
import { LEASE_ID_PATTERN } from '../leases/leases.dto.js';
import { IsProfileName } from '../profile-name.decorator.js';

const MAX_SUBJECT_LENGTH = 2048;
const MAX_NAMESPACE_LENGTH = 253;
const MAX_USER_LENGTH = 507;
export const SELECTORS = ['profile', 'namespace', 'subject', 'lease_id'] as const;

export class RoleQuery {
  @FilterText('The user that profiles run as, whose role is wanted; the service identity when absent.', MAX_USER_LENGTH)
  run_as?: string;
}

export class LeaseListQuery extends ListQuery {
  @ApiProperty({ required: false, pattern: PROFILE_NAME })
  @Optional()
  @IsProfileName()
  profile?: string;

  @FilterText('The workload, exactly, such as `spiffe://cluster.local/ns/shop/sa/orders`.', MAX_SUBJECT_LENGTH)
  subject?: string;

  @FilterText('Kubernetes namespace of the workload.', MAX_NAMESPACE_LENGTH)
  namespace?: string;

  @ApiProperty({ required: false, description: 'All statuses when absent.', enum: KEY_STATUSES, enumName: 'KeyStatus' })
  @Optional()
  @IsIn(KEY_STATUSES)
  status?: KeyStatus;

  @ApiProperty({ required: false, enum: KEY_SORTS, enumName: 'KeySort', default: '-creation' })
  @Optional()
  @IsIn(KEY_SORTS)
  sort?: KeySort;

  @PageSize('Leases')
  size?: number;

  @PageCursor()
  cursor?: string;
}

@ApiSchema({ description: 'Exactly one of profile, namespace, subject and lease_id.' })
export class RevokeLeasesBody {
  static rules(body: RevokeLeasesBody): FieldError[] {
    const given = SELECTORS.filter((name) => body[name] !== undefined);
    const [only] = given;
    if (only === undefined || given.length > 1)
      return [{ pointer: '', code: 'selection.one', detail: `must have exactly one of ${SELECTORS.join(', ')}` }];
    return body.confirm === body[only]
      ? []
      : [{ pointer: '/confirm', code: 'confirm.differs', detail: `must repeat ${only}` }];
  }

  @ApiProperty({
    required: false,
    description: 'All leases of a profile, also of one that is no longer configured.',
    pattern: PROFILE_NAME,
    example: 'orders-logs-writer',
  })
  @Optional()
  @IsProfileName()
  profile?: string;

  @FilterText('All leases of workloads of a Kubernetes namespace.', MAX_NAMESPACE_LENGTH)
  namespace?: string;

  @FilterText('All leases of a workload.', MAX_SUBJECT_LENGTH)
  subject?: string;

  @ApiProperty({ required: false, description: 'One lease.', pattern: LEASE_ID_PATTERN.source })
  @Optional()
  @Matches(LEASE_ID_PATTERN, { message: 'must be a lease_id, <profile>.<key id>' })
  lease_id?: string;

  @ApiProperty({
    description: 'The same name once more.',
    maxLength: MAX_SUBJECT_LENGTH,
    example: 'orders-logs-writer',
  })
  @MaxLength(MAX_SUBJECT_LENGTH)
  @IsString()
  confirm: string;

  @ApiProperty({
    description: 'Goes into the audit trail.',
    minLength: 3,
    maxLength: 300,
    example: 'incident 4711: key seen in a log',
  })
  @Length(3, 300)
  @IsString()
  reason: string;
}
