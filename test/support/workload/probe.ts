import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Post } from '@nestjs/common';
import { IsInt, IsObject, IsOptional } from 'class-validator';
import { AppModule } from '../../../src/app.module.js';
import { audited, type Audited } from '../../../src/audit/audited.js';
import { CurrentWorkload } from '../../../src/authorization/current-workload.decorator.js';
import { Operation } from '../../../src/authorization/operation.decorator.js';
import {
  type Operation as Row,
  OPERATION_IDS,
  OPERATIONS,
  type OperationId,
} from '../../../src/operations/operations.js';
import type { AuthorizedWorkload } from '../../../src/identity/request-context.js';
import type { WorkloadIdentity } from '../../../src/workload-identity/workload-identity.js';

/** Rows of the operations table that only tests have, so that the edge is tested whatever features use it. */
const ROW: Row = {
  authenticates: 'workload',
  anyOf: [],
  allScope: [],
  license: 'none',
  runsAs: 'service',
  rate: 'mesh',
  secret: false,
  summary: 'Who am I',
};
const ROWS: Record<string, Row> = {
  'probe.get': ROW,
  'probe.hold': { ...ROW, largeBody: true, summary: 'Hold the answer back' },
  'probe.mint': { ...ROW, audit: 'probe.minted', summary: 'Do what is audited' },
};

Object.assign(OPERATIONS, ROWS);
OPERATION_IDS.push(...(Object.keys(ROWS) as OperationId[]));

/** To the compiler they are operations with such a row. */
const asRead = (name: string): 'session.get' => name as 'session.get';
const asChange = (name: string): 'leases.renew' => name as 'leases.renew';

class HoldRequest {
  @IsOptional()
  @IsInt()
  hold_ms?: number;

  @IsOptional()
  @IsObject()
  node?: object;
}

interface Held {
  /** Whether the signal ended the hold before its time. */
  ended_early: boolean;
  received: number;
}

/** Of each hold that is over, whether the signal ended it. */
export const holds: boolean[] = [];

/** How many holds have begun. */
export const begun = { count: 0 };

@Controller()
class ProbeController {
  @Get('v1/probe')
  @Operation(asRead('probe.get'))
  get(@CurrentWorkload() { workload }: AuthorizedWorkload): WorkloadIdentity {
    return workload;
  }

  /** As long as a poll of Envoy may be held. */
  @Post('v3/probe::hold')
  @Operation(asRead('probe.hold'))
  async hold(
    @CurrentWorkload() { signal }: AuthorizedWorkload,
    @Body() { hold_ms = 0, node }: HoldRequest,
  ): Promise<Held> {
    begun.count += 1;
    const ended = await sleep(hold_ms, false, { signal }).catch(() => true);
    holds.push(ended);
    return { ended_early: ended, received: JSON.stringify(node ?? {}).length };
  }

  @Post('v1/probe')
  @Operation(asChange('probe.mint'))
  mint(): Audited<{ done: true }> {
    return audited({ keyIds: [] }, () => Promise.resolve({ done: true }));
  }
}

// Nest joins what a dynamic module names with what its class does.
Reflect.defineMetadata('controllers', [ProbeController], AppModule);
