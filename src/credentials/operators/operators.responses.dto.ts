import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import type { JsonRecord } from '../../json/json-record.js';
import { KEY_STATUSES, type KeyStatus } from '../../keys/model/key-model.js';

export class RevokedLeasesResponse {
  @ApiProperty({ type: 'integer', description: 'Living leases that were found.', example: 12 })
  found: number;

  @ApiProperty({ type: 'integer', description: 'Of these, the ones that are dead now.', example: 12 })
  revoked: number;

  @ApiProperty({ description: 'false when renewals that overlap kept some alive: call again.', example: true })
  complete: boolean;
}

export class LeaseItem {
  @ApiProperty({ example: 'orders-logs-writer.VuaCfGcBCdbkQm-e5aOx' })
  lease_id: string;

  @ApiProperty({ example: 'orders-logs-writer' })
  profile: string;

  @ApiProperty({ example: 'VuaCfGcBCdbkQm-e5aOx' })
  key_id: string;

  @ApiProperty({ example: 'spiffe://cluster.local/ns/shop/sa/orders' })
  subject: string;

  @ApiProperty({ type: String, nullable: true, example: 'shop' })
  namespace: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Only with per: instance.', example: null })
  instance: string | null;

  @ApiProperty({ description: 'How the workload proved who it is.', example: 'mtls' })
  source: string;

  @ApiProperty({ enum: KEY_STATUSES, enumName: 'KeyStatus' })
  status: KeyStatus;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-24T20:00:00.000Z' })
  created_at: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-11-24T20:15:00.000Z' })
  expires_at: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'How far it can be renewed.',
    example: '2026-11-24T21:00:00.000Z',
  })
  max_until: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  invalidated_at: string | null;

  @ApiProperty({ description: 'Owner of the key in Elasticsearch.', example: 'latchkey' })
  username: string;
}

export class LeaseListResponse {
  @ApiProperty({ type: [LeaseItem] })
  items: LeaseItem[];

  @ApiProperty({ type: 'integer', example: 1 })
  total: number;

  @ApiProperty({ type: String, nullable: true, example: null })
  next_cursor: string | null;
}

@ApiSchema({ name: 'ServiceRole', description: 'As the body of PUT /_security/role/{name}.' })
export class RoleResponse {
  @ApiProperty({ type: [String], example: ['manage_own_api_key'] })
  cluster: string[];

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    example: [{ names: ['logs-orders'], privileges: ['create_doc'] }],
  })
  indices: JsonRecord[];

  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true }, example: [] })
  applications: JsonRecord[];

  @ApiProperty({ type: [String], example: [] })
  run_as: string[];
}

const COUNT = { type: 'integer', example: 1 } as const;

export class ProfileItem {
  @ApiProperty({ example: 'orders-logs-writer' })
  name: string;

  @ApiProperty({ example: false })
  closed: boolean;

  @ApiProperty({
    enum: ['fit', 'unfit', 'unchecked'],
    description: 'Whether the service identity holds all rights of the profile.',
  })
  fit: 'fit' | 'unfit' | 'unchecked';

  @ApiProperty({ type: [String], description: 'Rights that it lacks.', example: [] })
  missing_privileges: readonly string[];

  @ApiProperty({ type: String, nullable: true, example: null })
  problem: string | null;

  @ApiProperty({ type: 'integer', description: 'Seconds.', example: 900 })
  ttl_seconds: number;

  @ApiProperty({ type: 'integer', description: 'Seconds.', example: 3600 })
  max_ttl_seconds: number;

  @ApiProperty({ enum: ['workload', 'instance'] })
  per: 'workload' | 'instance';

  @ApiProperty({ type: String, nullable: true, example: null })
  run_as: string | null;

  @ApiProperty({ enum: ['encoded', 'authorization'] })
  header_value: 'encoded' | 'authorization';

  @ApiProperty({
    type: 'object',
    properties: { live: COUNT, retiring: COUNT, instances: COUNT, lagging: COUNT },
    required: ['live', 'retiring', 'instances', 'lagging'],
    description: 'At this replica.',
  })
  here: { live: number; retiring: number; instances: number; lagging: number };
}

export class ProfileListResponse {
  @ApiProperty({ type: [ProfileItem] })
  items: ProfileItem[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why the present profiles file is not in force; the profiles above are the last good ones.',
    example: null,
  })
  rejected_file: string | null;
}

export class InstanceItem {
  @ApiProperty({ example: 'orders-1' })
  node_id: string;

  @ApiProperty({ example: 'spiffe://cluster.local/ns/shop/sa/orders' })
  subject: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Key that its last poll named as the one in use.',
    example: 'VuaCfGcBCdbkQm-e5aOx',
  })
  key_id: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Key that was sent to it since, and is not acknowledged yet.',
    example: null,
  })
  sent_key_id: string | null;

  @ApiProperty({ description: 'It may still use a key that has been replaced.', example: false })
  lagging: boolean;

  @ApiProperty({ description: 'A poll of it is held open.', example: true })
  polling: boolean;

  @ApiProperty({ format: 'date-time', example: '2026-11-24T20:00:00.000Z' })
  last_seen_at: string;
}

@ApiSchema({ description: 'Envoys that this replica has seen lately, those that lag first.' })
export class InstanceListResponse {
  @ApiProperty({ type: [InstanceItem] })
  items: InstanceItem[];

  @ApiProperty({ type: 'integer', description: 'All of them; at most 1,000 are listed.', example: 1 })
  total: number;
}
