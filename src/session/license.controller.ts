import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentCaller } from '../authorization/current-caller.decorator.js';
import { LicenseService, refusalOf } from '../authorization/license.service.js';
import { Operation } from '../authorization/operation.decorator.js';
import { UNIT_MS } from '../config/duration.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { SESSION_DOCS } from './session.docs.js';
import { LicenseResponse } from './license.dto.js';

/** Shows the license. What a license allows is decided in `authorization`, where the guard needs it. */
@ApiTags('Session')
@Controller('v1/license')
export class LicenseController {
  constructor(private readonly license: LicenseService) {}

  @Get()
  @Operation('license.get', SESSION_DOCS)
  async get(@CurrentCaller() { credential }: AuthorizedCaller): Promise<LicenseResponse> {
    const license = await this.license.read(credential);
    const { type, status, expiryMs } = license;
    const refusal = refusalOf(license);
    return {
      type,
      status,
      expires_at: expiryMs === null ? null : new Date(expiryMs).toISOString(),
      days_left: expiryMs === null ? null : Math.max(0, Math.floor((expiryMs - Date.now()) / UNIT_MS.d)),
      cross_cluster_keys: refusal === undefined ? { allowed: true } : { allowed: false, reason: refusal.detail },
    };
  }
}
