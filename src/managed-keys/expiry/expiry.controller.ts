import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentCaller } from '../../authorization/current-caller.decorator.js';
import { Operation } from '../../authorization/operation.decorator.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { EXPIRY_DOCS } from './expiry.docs.js';
import { expiryCalendar } from './expiry-calendar.js';
import { CalendarQuery, ExpiringQuery } from './expiry.dto.js';
import { ExpiryRadar, type ExpiringKeys } from './expiry-radar.service.js';

@ApiTags('Managed keys')
@Controller('v1/managed-keys')
export class ExpiryController {
  constructor(private readonly radar: ExpiryRadar) {}

  @Get('_expiring')
  @Operation('managed-keys.expiring', EXPIRY_DOCS)
  expiring(@CurrentCaller() caller: AuthorizedCaller, @Query() query: ExpiringQuery): Promise<ExpiringKeys> {
    return this.radar.page(caller, query, query);
  }

  @Get('_expiring.ics')
  @Header('content-type', 'text/calendar; charset=utf-8')
  @Operation('managed-keys.calendar', EXPIRY_DOCS)
  async calendar(@CurrentCaller() caller: AuthorizedCaller, @Query() query: CalendarQuery): Promise<string> {
    return expiryCalendar(await this.radar.all(caller, query));
  }
}
