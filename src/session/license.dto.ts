import { ApiProperty } from '@nestjs/swagger';

export class CrossClusterAllowance {
  @ApiProperty({ example: true })
  allowed: boolean;

  @ApiProperty({
    required: false,
    description: 'Why not.',
    example: 'Cross-cluster keys need an active Enterprise or trial license; this cluster has basic (active).',
  })
  reason?: string;
}

export class LicenseResponse {
  @ApiProperty({ example: 'trial' })
  type: string;

  @ApiProperty({ example: 'active' })
  status: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'null = no end.',
    example: '2026-12-24T20:00:00.000Z',
  })
  expires_at: string | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Whole days left; 0 when it has ended; null = no end.',
    example: 29,
  })
  days_left: number | null;

  @ApiProperty({ type: CrossClusterAllowance })
  cross_cluster_keys: CrossClusterAllowance;
}
