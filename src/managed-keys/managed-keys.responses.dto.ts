import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { KeySecretResponse, UserKeyResponse } from '../keys/fields/key.responses.dto.js';

@ApiSchema({ name: 'Manager', description: 'Who manages a key, and what breaks without it.' })
export class ManagerResponse {
  @ApiProperty({ example: 'Kibana alerting' })
  label: string;

  @ApiProperty({ description: 'Who answers for it.', example: 'Kibana' })
  owner: string;

  @ApiProperty({
    description: 'What stops working without the key.',
    example: 'The alerting rules that run with this key stop.',
  })
  consequence: string;
}

@ApiSchema({ name: 'ManagedKey', description: 'A user key that software owns.' })
export class ManagedKeyResponse extends UserKeyResponse {
  @ApiProperty({ type: ManagerResponse })
  manager: ManagerResponse;
}

export class CreatedManagedKeyResponse {
  @ApiProperty({ type: ManagedKeyResponse })
  key: ManagedKeyResponse;

  @ApiProperty({
    type: KeySecretResponse,
    description: 'Answered once, here. Neither Latchkey nor Elasticsearch can show it again.',
  })
  secret: KeySecretResponse;
}

export class UpdatedManagedKeyResponse {
  @ApiProperty({ description: 'false when nothing would have changed.', example: true })
  updated: boolean;

  @ApiProperty({ type: ManagedKeyResponse })
  key: ManagedKeyResponse;
}

export class ManagedKeyListResponse {
  @ApiProperty({ type: [ManagedKeyResponse] })
  items: ManagedKeyResponse[];

  @ApiProperty({ type: 'integer', description: 'Keys that match, on all pages.', example: 1 })
  total: number;

  @ApiProperty({ type: String, nullable: true, description: 'null on the last page.', example: null })
  next_cursor: string | null;
}

export class ExpiringManagedKeysResponse extends ManagedKeyListResponse {
  @ApiProperty({
    format: 'date-time',
    description: 'End of the time that was asked for.',
    example: '2026-12-24T20:00:00.000Z',
  })
  until: string;
}
