import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiResponse, ApiTags } from '@nestjs/swagger';
import { BODY_PROBLEMS, PROFILE_PROBLEMS } from '../../authorization/api-problems.decorator.js';
import { CurrentWorkload } from '../../authorization/current-workload.decorator.js';
import { Operation } from '../../authorization/operation.decorator.js';
import type { AuthorizedWorkload } from '../../identity/request-context.js';
import { RequestHeader } from '../../http/request-headers.decorator.js';
import { DiscoveryRequestBody, DiscoveryResponse, questionOf } from './sds.dto.js';
import { SdsService } from './sds.service.js';

interface StatusReply {
  status(code: number): unknown;
}

@ApiTags('Sidecars')
@Controller('v3')
export class SdsController {
  constructor(private readonly sds: SdsService) {}

  @Post('discovery::secrets')
  @HttpCode(200)
  @Operation('sds.fetch', {
    description:
      "Envoy's secret discovery over REST (`api_type: REST`). Held open until there is something new, as long as the poll's own timeout allows.",
    problems: [...BODY_PROBLEMS, ...PROFILE_PROBLEMS, 'credential.not-ready', 'credential.limit'],
  })
  @ApiHeader({
    name: 'x-envoy-expected-rq-timeout-ms',
    required: false,
    description: 'Timeout of the nearest Envoy. At 1000, or without it, the poll is answered at once.',
  })
  @ApiOkResponse({ type: DiscoveryResponse })
  @ApiResponse({ status: 304, description: 'The secret in use is still right.' })
  async fetch(
    @CurrentWorkload() caller: AuthorizedWorkload,
    @Body() body: DiscoveryRequestBody,
    @RequestHeader('x-envoy-expected-rq-timeout-ms') expected: string | undefined,
    @Res({ passthrough: true }) reply: StatusReply,
  ): Promise<DiscoveryResponse | undefined> {
    const answer = await this.sds.poll(caller, questionOf(body), expected);
    if (answer === undefined) reply.status(304);
    return answer;
  }
}
