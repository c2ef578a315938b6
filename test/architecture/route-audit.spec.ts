import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { IsString } from 'class-validator';
import { Operation, Public } from '../../src/authorization/operation.decorator.js';
import { isOfWorkloads, OPERATION_IDS, OPERATIONS, type Operation as Row } from '../../src/operations/operations.js';
import { auditRoutes } from '../../src/authorization/route-audit.js';
import { ERROR_REGISTRY } from '../../src/errors/error-registry.js';

class Checked {
  @IsString()
  name: string;
}

@Controller('a')
class WithoutOperation {
  @Get()
  get(): string {
    return '';
  }
}

@Controller('b')
class UncheckedBody {
  @Post()
  @Public()
  post(@Body() _body: object): string {
    return '';
  }
}

@Controller('c')
class SingleParam {
  @Get(':id')
  @Public()
  get(@Param('id') _id: string): string {
    return '';
  }
}

@Controller('d')
class UncheckedQuery {
  @Get()
  @Public()
  get(@Query() _query: Record<string, string>): string {
    return '';
  }
}

@Controller('e')
class Twice {
  @Get('1')
  @Operation('session.get')
  one(): string {
    return '';
  }

  @Get('2')
  @Operation('session.get')
  two(@Query() _query: Checked): string {
    return '';
  }
}

async function complaintAbout(controller: new () => object): Promise<string> {
  @Module({ imports: [DiscoveryModule], controllers: [controller] })
  class Probe {}
  const module = await Test.createTestingModule({ imports: [Probe] })
    .useMocker(() => ({}))
    .compile();
  try {
    auditRoutes(module.get(DiscoveryService, { strict: false }));
  } catch (error) {
    return (error as Error).message;
  }
  return '';
}

test.each([
  [WithoutOperation, 'WithoutOperation.get has no operation'],
  [UncheckedBody, 'UncheckedBody.post takes an unvalidated body'],
  [SingleParam, 'SingleParam.get takes a single param value'],
  [UncheckedQuery, 'UncheckedQuery.get takes an unvalidated query'],
  [Twice, 'operation session.get has 2 routes'],
  [Twice, 'operation user-keys.list has 0 routes'],
])('the start is refused for %p', async (controller, complaint) => {
  expect(await complaintAbout(controller)).toContain(complaint);
});

test('every operation that changes something names an audit event, and every one with a secret is a mint', () => {
  for (const id of OPERATION_IDS) {
    const row: Row = OPERATIONS[id];
    // A poll of the mesh is recorded only when it is answered with a secret, by the feature itself.
    expect([id, row.audit !== undefined]).toEqual([
      id,
      row.rate !== 'read' && (row.rate !== 'mesh' || row.records === 'deliveries'),
    ]);
    if (row.secret) expect([id, row.rate === 'mint' || row.rate === 'mesh']).toEqual([id, true]);
  }
});

test('only operations of workloads are of the rate class of polls', () => {
  expect(
    OPERATION_IDS.filter((id) => (OPERATIONS[id] as Row).rate === 'mesh' && !isOfWorkloads(OPERATIONS[id])),
  ).toEqual([]);
});

test('every error code has a status of an error, a title and a remedy', () => {
  for (const [code, { status, title, remedy }] of Object.entries(ERROR_REGISTRY)) {
    expect(code).toMatch(/^[a-z-]+(\.[a-z-]+)?$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(title.length).toBeGreaterThan(5);
    expect(remedy.length).toBeGreaterThan(10);
  }
});
