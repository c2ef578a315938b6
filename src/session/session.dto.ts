import { ApiProperty } from '@nestjs/swagger';
import { OPERATION_IDS, type OperationId } from '../operations/operations.js';
import { CLUSTER_PRIVILEGES, type ClusterPrivileges } from '../operations/cluster-privileges.js';

export class RealmResponse {
  @ApiProperty({ example: 'default_native' })
  name: string;

  @ApiProperty({ example: 'native' })
  type: string;
}

export class SessionLicenseResponse {
  @ApiProperty({ example: 'trial' })
  type: string;

  @ApiProperty({ example: 'active' })
  status: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '2026-12-24T20:00:00.000Z' })
  expires_at: string | null;
}

export class SessionElasticsearchResponse {
  @ApiProperty({ example: '9.5.3' })
  version: string;

  @ApiProperty({ example: 'default' })
  flavor: string;
}

export class SessionResponse {
  @ApiProperty({ example: 'jane' })
  username: string;

  @ApiProperty({ type: RealmResponse })
  realm: RealmResponse;

  @ApiProperty({ description: 'realm, api_key, token and so on, as Elasticsearch names it.', example: 'realm' })
  authentication_type: string;

  @ApiProperty({
    type: 'object',
    properties: Object.fromEntries(CLUSTER_PRIVILEGES.map((name) => [name, { type: 'boolean' as const }])),
    required: [...CLUSTER_PRIVILEGES],
    example: {
      manage_security: false,
      read_security: false,
      manage_api_key: false,
      manage_own_api_key: true,
      monitor: false,
    },
  })
  privileges: ClusterPrivileges;

  @ApiProperty({
    type: SessionLicenseResponse,
    nullable: true,
    description: 'null when the caller may not read it (needs monitor).',
  })
  license: SessionLicenseResponse | null;

  @ApiProperty({
    description: 'Operations that are open to the caller, by their ids.',
    isArray: true,
    type: String,
    enum: OPERATION_IDS,
    enumName: 'OperationId',
    example: ['session.get', 'user-keys.create'],
  })
  operations: OperationId[];

  @ApiProperty({
    type: SessionElasticsearchResponse,
    nullable: true,
    description: 'null when the caller may not read it (needs monitor).',
  })
  elasticsearch: SessionElasticsearchResponse | null;
}
