import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentCaller } from '../authorization/current-caller.decorator.js';
import { Operation } from '../authorization/operation.decorator.js';
import type { AuthorizedCaller } from '../identity/request-context.js';
import { SESSION_DOCS } from './session.docs.js';
import { SessionResponse } from './session.dto.js';
import { SessionService } from './session.service.js';

@ApiTags('Session')
@Controller('v1/session')
export class SessionController {
  constructor(private readonly session: SessionService) {}

  @Get()
  @Operation('session.get', SESSION_DOCS)
  get(@CurrentCaller() caller: AuthorizedCaller): Promise<SessionResponse> {
    return this.session.describe(caller);
  }
}
