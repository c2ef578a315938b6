import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';
import { PROFILE_NAME } from '../../config/profiles/profiles-schema.js';
import { Optional } from '../../validation/optional.decorator.js';
import { IsProfileName } from '../profile-name.decorator.js';

export const LEASE_ID_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}\.[A-Za-z0-9_-]{1,64}$/;
const LEASE_ID_EXAMPLE = 'orders-logs-writer.VuaCfGcBCdbkQm-e5aOx';

export class ProfileParam {
  @ApiProperty({ description: 'Name of the profile.', pattern: PROFILE_NAME, example: 'orders-logs-writer' })
  @IsProfileName()
  profile: string;
}

export class LeaseIdParam {
  @ApiProperty({
    description: 'lease_id of the answer that gave the lease out.',
    pattern: LEASE_ID_PATTERN.source,
    example: LEASE_ID_EXAMPLE,
  })
  @Matches(LEASE_ID_PATTERN, { message: 'must be a lease_id, <profile>.<key id>' })
  id: string;
}

@ApiSchema({ description: 'Nothing is needed, but in a profile with per: instance.' })
export class IssueCredentialBody {
  static readonly optionalBody = true;

  @ApiProperty({
    required: false,
    pattern: '^[\\x21-\\x7e]{1,256}$',
    description:
      'Which instance of the workload asks; only looked at with per: instance, and not where the token names the pod.',
    example: 'orders-7d9f',
  })
  @Optional()
  @Matches(/^[\x21-\x7e]{1,256}$/, { message: 'must have 1 to 256 visible ASCII characters' })
  @IsString()
  instance?: string;
}

export class RenewedLeaseResponse {
  @ApiProperty({ example: LEASE_ID_EXAMPLE })
  lease_id: string;

  @ApiProperty({ example: 'orders-logs-writer' })
  profile: string;

  @ApiProperty({ example: 'VuaCfGcBCdbkQm-e5aOx' })
  key_id: string;

  @ApiProperty({
    format: 'date-time',
    description: 'End of the key in Elasticsearch, which is the end of the lease.',
    example: '2026-11-24T20:15:00.000Z',
  })
  expires_at: string;

  @ApiProperty({
    format: 'date-time',
    description: 'From then on renew it, or ask for a new one.',
    example: '2026-11-24T20:09:45.000Z',
  })
  renew_after: string;
}

@ApiSchema({ name: 'IssuedCredential' })
export class LeaseResponse extends RenewedLeaseResponse {
  @ApiProperty({
    description: 'base64 of id:api_key, for Authorization: ApiKey <encoded>.',
    example: 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==',
  })
  encoded: string;
}
