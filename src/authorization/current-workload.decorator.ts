import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AuthorizedWorkload, RequestWithContext } from '../identity/request-context.js';

/** The workload that the guard let through; only for routes whose operation `authenticates: 'workload'`. */
export const CurrentWorkload = createParamDecorator((_data: unknown, context: ExecutionContext): AuthorizedWorkload => {
  const { requestId, workload, signal, connection } = context.switchToHttp().getRequest<RequestWithContext>().latchkey;
  if (workload === undefined || signal === undefined) throw new Error('the edge has not recognized a workload');
  return { requestId, workload, signal, ...(connection !== undefined && { connection }) };
});
