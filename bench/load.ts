import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon, { type Instance } from 'autocannon';
import { cpuSeconds, type Running } from './processes.ts';
import { AUTHORIZATION, type Request } from './scenarios.ts';

export interface Cell {
  requests: number;
  requestsPerSecond: number;
  /** CPU of the measured server for one request; undefined where there is no /proc. */
  cpuMicros: number | undefined;
  p50Ms: number;
  p99Ms: number;
}

export interface LoadPlan {
  connections: number;
  warmupSeconds: number;
  seconds: number;
}

/** Closed loop: each connection sends its next request when the last one is answered. @throws Error on any wrong answer. */
export async function measure(
  server: Running,
  request: Request,
  { connections, warmupSeconds, seconds }: LoadPlan,
): Promise<Cell> {
  const histogram = createHistogram();
  let counting = false;
  let wrong = 0;
  const load = autocannon({
    url: `http://127.0.0.1:${server.port}${request.path}`,
    method: request.method,
    headers: {
      authorization: AUTHORIZATION,
      ...(request.body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(request.body !== undefined && { body: request.body }),
    connections,
    duration: warmupSeconds + seconds + 30,
    // Emitter and promise at once, which its types do not say.
  }) as unknown as Instance & Promise<unknown>;
  void load.on('response', (_client: unknown, status: number, _bytes: number, milliseconds: number) => {
    if (status !== request.expectedStatus) wrong += 1;
    else if (counting) histogram.record(Math.max(1, Math.round(milliseconds * 1000)));
  });
  void load.on('reqError', () => (wrong += 1));
  await sleep(warmupSeconds * 1000);
  const cpuBefore = cpuSeconds(server.pid);
  const started = performance.now();
  counting = true;
  await sleep(seconds * 1000);
  counting = false;
  const elapsed = (performance.now() - started) / 1000;
  const cpuAfter = cpuSeconds(server.pid);
  load.stop();
  await load;
  if (wrong > 0 || histogram.count === 0)
    throw new Error(
      `${request.method} ${request.path} at port ${server.port}: ${wrong} wrong answers, ${histogram.count} right ones`,
    );
  return {
    requests: histogram.count,
    requestsPerSecond: histogram.count / elapsed,
    cpuMicros:
      cpuBefore === undefined || cpuAfter === undefined ? undefined : ((cpuAfter - cpuBefore) * 1e6) / histogram.count,
    p50Ms: histogram.percentile(50) / 1000,
    p99Ms: histogram.percentile(99) / 1000,
  };
}
