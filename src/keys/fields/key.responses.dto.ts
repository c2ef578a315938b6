import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { JsonRecord } from '../../json/json-record.js';
import { KEY_KINDS, type KeyKind } from '../model/key-kind.js';
import { KEY_STATUSES, type KeyStatus } from '../model/key-model.js';

@ApiSchema({ name: 'KeyBase' })
export class KeyResponse {
  @ApiProperty({ example: 'VuaCfGcBCdbkQm-e5aOx' })
  id: string;

  @ApiProperty({ example: 'orders-exporter' })
  name: string;

  @ApiProperty({ enum: KEY_KINDS })
  type: KeyKind;

  @ApiProperty({ enum: KEY_STATUSES })
  status: KeyStatus;

  @ApiProperty({ type: 'integer', format: 'int64', description: 'Epoch milliseconds.', example: 1795550400000 })
  creation: number;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable: true,
    description: 'Epoch milliseconds; null = never.',
    example: 1798142400000,
  })
  expiration: number | null;

  @ApiProperty({
    type: 'integer',
    format: 'int64',
    nullable: true,
    description: 'Epoch milliseconds of the invalidation.',
    example: null,
  })
  invalidation: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-24T20:00:00.000Z' })
  created_at: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-12-24T20:00:00.000Z' })
  expires_at: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  invalidated_at: string | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Days left, begun days counted; null = never expires.',
    example: 30,
  })
  expires_in_days: number | null;

  @ApiProperty({ description: 'Owner.', example: 'jane' })
  username: string;

  @ApiProperty({ example: 'default_native' })
  realm: string;

  @ApiProperty({ type: String, nullable: true, example: 'native' })
  realm_type: string | null;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { team: 'orders' } })
  metadata: JsonRecord;
}

@ApiSchema({ name: 'UserKey', description: 'A user key.' })
export class UserKeyResponse extends KeyResponse {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: true },
    description: 'As Elasticsearch normalises them; {} = all rights of the owner.',
    example: {
      reader: {
        cluster: [],
        indices: [{ names: ['orders-*'], privileges: ['read'], allow_restricted_indices: false }],
        applications: [],
        run_as: [],
        metadata: {},
        transient_metadata: { enabled: true },
      },
    },
  })
  role_descriptors: JsonRecord;

  @ApiProperty({
    description: 'Whether the key has role descriptors of its own; false = all rights of the owner.',
    example: true,
  })
  restricted: boolean;

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    required: false,
    description: 'Only with with_limited_by=true.',
  })
  limited_by?: JsonRecord[];
}

export class InvalidationError {
  @ApiProperty({ example: 'VuaCfGcBCdbkQm-e5aOx' })
  id: string;

  @ApiProperty({ example: 'key.not-found' })
  code: string;

  @ApiProperty({ example: 'There is no such key, or the caller may not see it.' })
  detail: string;
}

@ApiSchema({ description: 'Each id is in exactly one of the three lists.' })
export class InvalidationResponse {
  @ApiProperty({ type: [String], example: ['VuaCfGcBCdbkQm-e5aOx'] })
  invalidated: string[];

  @ApiProperty({ type: [String], example: [] })
  previously_invalidated: string[];

  @ApiProperty({ type: [InvalidationError], example: [] })
  errors: InvalidationError[];
}

export class OwnerCount {
  @ApiProperty({ example: 'jane' })
  username: string;

  @ApiProperty({ example: 'default_native' })
  realm: string;

  @ApiProperty({ type: 'integer', example: 12 })
  count: number;
}

const COUNT = { type: 'integer' } as const;

export class KeySummaryResponse {
  @ApiProperty({ type: 'integer', description: 'Keys of this type, whatever their status.', example: 12 })
  total: number;

  @ApiProperty({
    type: 'object',
    properties: { user: COUNT, cross_cluster: COUNT, managed: COUNT },
    required: ['user', 'cross_cluster', 'managed'],
    description: 'Keys of every type that the caller can see.',
    example: { user: 12, cross_cluster: 1, managed: 3 },
  })
  by_type: Record<KeyKind, number>;

  @ApiProperty({
    type: 'object',
    properties: { active: COUNT, expired: COUNT, invalidated: COUNT },
    required: ['active', 'expired', 'invalidated'],
    example: { active: 10, expired: 1, invalidated: 1 },
  })
  by_status: Record<KeyStatus, number>;

  @ApiProperty({ type: [OwnerCount], description: 'The 1,000 owners with the most keys.' })
  by_owner: OwnerCount[];
}

@ApiSchema({ description: 'What to take over into a tool; encoded and api_key always.' })
export class KeySecretResponse {
  @ApiProperty({
    description: 'base64 of id:api_key, for Authorization: ApiKey <encoded>.',
    example: 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==',
  })
  encoded: string;

  @ApiProperty({ description: 'The secret alone.', example: 'ui2lp2axTNmsyakw9tvNnw' })
  api_key: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    selfRequired: false,
    description: "Elasticsearch's own answer, with format json.",
  })
  json?: JsonRecord;

  @ApiProperty({
    required: false,
    description: 'id:api_key, with format beats.',
    example: 'VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw',
  })
  beats?: string;

  @ApiProperty({
    required: false,
    description: 'id:api_key, with format logstash.',
    example: 'VuaCfGcBCdbkQm-e5aOx:ui2lp2axTNmsyakw9tvNnw',
  })
  logstash?: string;
}
