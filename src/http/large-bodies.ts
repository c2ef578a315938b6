import type { FastifyInstance } from 'fastify';
import { operation, type OperationId } from '../authorization/operations.js';
import type { RouteTable } from './route-table.js';

const LARGE_BODY_BYTES = 1_048_576;

/** Whether the operation of a request takes a large body; false where there is none. */
export function takesLargeBody(id: string | undefined): boolean {
  return id !== undefined && operation(id as OperationId).largeBody === true;
}

/** Lets the routes of such operations read more than the others. The route table must be filled before the routes are made. */
export function allowLargeBodies(server: FastifyInstance, routes: RouteTable): void {
  server.addHook('onRoute', (route) => {
    if (takesLargeBody(routes.operationOf(String(route.method), route.url))) route.bodyLimit = LARGE_BODY_BYTES;
  });
}
