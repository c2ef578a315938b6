import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { AuditedSecret } from '../../audit/audited.js';
import { CurrentWorkload } from '../../authorization/current-workload.decorator.js';
import { Operation } from '../../authorization/operation.decorator.js';
import type { AuthorizedWorkload } from '../../identity/request-context.js';
import { RequestHeader } from '../../http/request-headers.decorator.js';
import { SDS_DOCS } from './sds.docs.js';
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
  @Operation('sds.fetch', SDS_DOCS)
  fetch(
    @CurrentWorkload() caller: AuthorizedWorkload,
    @Body() body: DiscoveryRequestBody,
    @RequestHeader('x-envoy-expected-rq-timeout-ms') expected: string | undefined,
    @Res({ passthrough: true }) reply: StatusReply,
  ): AuditedSecret<DiscoveryResponse | undefined> {
    return this.sds.poll(caller, questionOf(body), expected).tap((answer) => {
      if (answer === undefined) reply.status(304);
    });
  }
}
