import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { operation } from '../operations/operations.js';

/** Envoy asks again as soon as its delay is over, also after an error; so none is answered sooner. */
const PAUSE_MS = 1000;
/** Left of the timeout that the request names, so that with Envoy's default of a second nothing is held. */
const MARGIN_MS = 1000;
const EXPECTED_TIMEOUT = 'x-envoy-expected-rq-timeout-ms';

/**
 * Answers no problem of an operation that holds its answers back at once, whatever found it: a bad identity, the rate,
 * the body, or the handler, also after it has held the answer back for a while.
 */
export function pauseBeforeProblems(server: FastifyInstance): void {
  server.addHook('onSend', async ({ headers, latchkey }, reply) => {
    const { operation: id, signal } = latchkey;
    if (reply.statusCode < 400 || id === undefined || operation(id).held !== true) return;
    const timeoutMs = Number(headers[EXPECTED_TIMEOUT] ?? 0);
    const waitMs = Math.min(PAUSE_MS, timeoutMs - MARGIN_MS - reply.elapsedTime);
    // Cut short when the service stops or the client has gone.
    if (waitMs > 0) await sleep(waitMs, undefined, signal && { signal }).catch(() => undefined);
  });
}
