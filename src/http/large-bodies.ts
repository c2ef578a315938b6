import type { FastifyInstance } from 'fastify';
import { operation, type OperationId } from '../operations/operations.js';
import type { Settings } from '../config/settings.js';
import type { RouteTable } from './route-table.js';

const LARGE_BODY_BYTES = 1_048_576;
/** For what comes before and after the hold. */
const HOLD_MARGIN_MS = 5000;

/** Whether the operation of a request takes a large body; false where there is none. */
export function takesLargeBody(id: OperationId | undefined): boolean {
  return id !== undefined && operation(id).largeBody === true;
}

/**
 * Lets the routes of such operations read more than the others, and those that hold answers back take longer. The route
 * table must be filled before the routes are made.
 */
export function allowLargeBodies(
  server: FastifyInstance,
  routes: RouteTable,
  { sdsHoldMs, handlerTimeoutMs }: Settings,
): void {
  server.addHook('onRoute', (route) => {
    const id = routes.operationOf(String(route.method), route.url);
    if (takesLargeBody(id)) route.bodyLimit = LARGE_BODY_BYTES;
    if (id !== undefined && operation(id).held)
      route.handlerTimeout = Math.max(handlerTimeoutMs, sdsHoldMs + HOLD_MARGIN_MS);
  });
}
