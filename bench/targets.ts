import { join } from 'node:path';
import { freePort } from '../test/support/free-port.ts';
import { launch, LOAD_CORE, type Launch, type Probe, type Running, SERVER_CORE, untilAnswered } from './processes.ts';
import { AUTHORIZATION, requestOf, SCENARIOS, type TargetKind } from './scenarios.ts';

export interface Target {
  name: string;
  kind: TargetKind;
  launch(port: number): Launch;
}

export interface StartedTarget {
  running: Running;
  /** From the spawn of the process to its first right answer to a GET of one key. */
  startMs: number;
}

const here = import.meta.dirname;

export async function startUpstream(): Promise<Running> {
  const port = await freePort();
  const running = launch({ args: [join(here, 'upstream/server.ts'), String(port)], core: LOAD_CORE }, port);
  await untilAnswered(running, probeOf('direct'));
  return running;
}

export function targetsOf(latchkeys: ReadonlyMap<string, string>, upstreamPort: number): Target[] {
  const upstream = `http://127.0.0.1:${upstreamPort}`;
  return [
    {
      name: 'direct',
      kind: 'direct',
      launch: (port) => ({ args: [join(here, 'upstream/server.ts'), String(port)], core: SERVER_CORE }),
    },
    {
      name: 'raw',
      kind: 'raw',
      launch: (port) => ({ args: [join(here, 'raw-proxy/server.ts'), String(port), upstream], core: SERVER_CORE }),
    },
    ...[...latchkeys].map(([name, main]): Target => ({
      name,
      kind: 'latchkey',
      launch: (port) => ({
        args: [main],
        core: SERVER_CORE,
        env: { ...latchkeyEnvironment(port), ELASTICSEARCH_URL: upstream },
      }),
    })),
  ];
}

/** As in production, but for what a bench cannot have: TLS to the upstream, and rate limits. */
function latchkeyEnvironment(port: number): Record<string, string> {
  return {
    NODE_ENV: 'production',
    LATCHKEY_ALLOW_INSECURE_ELASTICSEARCH: 'true',
    LATCHKEY_HOST: '127.0.0.1',
    LATCHKEY_PORT: String(port),
    LATCHKEY_METRICS_PORT: '0',
    LATCHKEY_RATE_READ_PER_SECOND: '0',
    LATCHKEY_RATE_WRITE_PER_SECOND: '0',
    LATCHKEY_RATE_MINT_PER_SECOND: '0',
  };
}

export async function start(target: Target): Promise<StartedTarget> {
  const port = await freePort();
  const spawnedAt = performance.now();
  const running = launch(target.launch(port), port);
  try {
    await untilAnswered(running, probeOf(target.kind));
  } catch (error) {
    await running.stop();
    throw error;
  }
  return { running, startMs: performance.now() - spawnedAt };
}

function probeOf(kind: TargetKind): Probe {
  const { method, path, body, expectedStatus } = requestOf(SCENARIOS[0], kind);
  return {
    method,
    path,
    expectedStatus,
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
    ...(body !== undefined && { body }),
  };
}
