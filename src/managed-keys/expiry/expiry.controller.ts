import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { CurrentCaller } from '../../authorization/current-caller.decorator.js';
import { Operation } from '../../authorization/operation.decorator.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';
import { expiryCalendar } from './expiry-calendar.js';
import { CalendarQuery, ExpiringQuery } from './expiry.dto.js';
import { ExpiryRadar, type ExpiringKeys } from './expiry-radar.service.js';
import { ExpiringManagedKeysResponse } from '../managed-keys.responses.dto.js';

@ApiTags('Managed keys')
@Controller('v1/managed-keys')
export class ExpiryController {
  constructor(private readonly radar: ExpiryRadar) {}

  @Get('_expiring')
  @Operation('managed-keys.expiring', {
    description: 'Live keys with an expiration within the time given, the soonest first.',
  })
  @ApiOkResponse({ type: ExpiringManagedKeysResponse })
  expiring(
    @CurrentCaller() caller: AuthorizedCaller,
    @Query() { size = 50, cursor, ...question }: ExpiringQuery,
  ): Promise<ExpiringKeys> {
    return this.radar.page(caller, question, size, cursor);
  }

  @Get('_expiring.ics')
  @Header('content-type', 'text/calendar; charset=utf-8')
  @Operation('managed-keys.calendar', {
    description:
      'The same as a calendar to subscribe to (RFC 5545), with the first 1,000 keys. Calendar programs sign in with Basic authentication.',
  })
  @ApiOkResponse({
    description: 'One entry for the end of each key.',
    content: { 'text/calendar': { schema: { type: 'string' } } },
  })
  async calendar(@CurrentCaller() caller: AuthorizedCaller, @Query() query: CalendarQuery): Promise<string> {
    return expiryCalendar(await this.radar.all(caller, query));
  }
}
