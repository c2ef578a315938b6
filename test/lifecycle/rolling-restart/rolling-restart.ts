import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.ts';
import { PATIENT } from '../../support/patience.ts';
import { until } from '../../support/wait.ts';
import { startHaproxy, type Balancer, type Replica } from './haproxy.ts';
import { startLoad, type Client, type LoadReport } from './load.ts';

const AUTHORIZATION = `Basic ${Buffer.from('elastic:changeme').toString('base64')}`;
/** Between a restart and the next, so that clients spread over both replicas again. */
const SETTLE_MS = 300;

export interface Plan {
  restarts: number;
  /** The load goes on after the last restart until so many have been sent. */
  requests: number;
  clientsOfEachKind: number;
  drainMs: number;
}

export interface RestartReport extends LoadReport {
  restarts: number;
  /** Of each replica that was stopped, in order: 0, or what it ended with instead. */
  exits: Array<number | string>;
  stopMs: { max: number };
  seconds: number;
}

/**
 * Two replicas of dist/main.js on one sandbox, behind haproxy, restarted in turn by SIGTERM while clients with kept and
 * with fresh connections call through it, over TCP and over HTTP. Needs a build and haproxy on PATH.
 */
export async function rollingRestart(plan: Plan): Promise<RestartReport> {
  const children: ChildProcess[] = [];
  let balancer: Balancer | undefined;
  try {
    const sandboxPort = await freePort();
    children.push(node(['packages/elasticsearch-security-sandbox/dist/cli.js', '--port', String(sandboxPort)]));
    const upstream = `http://127.0.0.1:${sandboxPort}`;
    await until200(`${upstream}/_security/_authenticate`);
    const replicas = await Promise.all(
      ['first', 'second'].map(async (name) => ({ name, port: await freePort(), metricsPort: await freePort() })),
    );
    const launch = ({ port, metricsPort }: Replica & { metricsPort: number }): ChildProcess => {
      const child = node(['dist/main.js'], {
        ...{
          ELASTICSEARCH_URL: upstream,
          LATCHKEY_HOST: '127.0.0.1',
          LATCHKEY_PORT: String(port),
          LATCHKEY_METRICS_PORT: String(metricsPort),
        },
        ...{
          ...PATIENT,
          LATCHKEY_DRAIN_MS: String(plan.drainMs),
          LATCHKEY_SHUTDOWN_TIMEOUT_MS: '600000',
          LATCHKEY_RATE_READ_PER_SECOND: '0',
          LATCHKEY_RATE_MINT_PER_SECOND: '0',
        },
      });
      children.push(child);
      return child;
    };
    const running = new Map(replicas.map((replica) => [replica.name, launch(replica)]));
    balancer = await startHaproxy(replicas, { tcp: await freePort(), http: await freePort() });
    for (const { name } of replicas) await balancer.untilUp(name);

    const started = performance.now();
    const load = startLoad(
      clientsOf(balancer, plan.clientsOfEachKind),
      await makeKey(balancer.httpPort),
      AUTHORIZATION,
    );
    const exits: RestartReport['exits'] = [];
    let longestStopMs = 0;
    for (let restart = 0; restart < plan.restarts; restart += 1) {
      await sleep(SETTLE_MS);
      const replica = replicas[restart % replicas.length];
      const child = replica && running.get(replica.name);
      if (replica === undefined || child === undefined) throw new Error('no replica');
      const stopped = performance.now();
      child.kill('SIGTERM');
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      longestStopMs = Math.max(longestStopMs, performance.now() - stopped);
      exits.push(code ?? signal ?? 'unknown');
      running.set(replica.name, launch(replica));
      await until200(`http://127.0.0.1:${replica.port}/readyz`);
      await balancer.untilUp(replica.name);
    }
    while (load.requests() < plan.requests) await sleep(50);
    const report = await load.stop();
    return {
      ...report,
      restarts: plan.restarts,
      exits,
      stopMs: { max: longestStopMs },
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await balancer?.stop();
  }
}

function clientsOf(balancer: Balancer, ofEachKind: number): Client[] {
  const kinds: Client[] = [
    { kind: 'kept connections over TCP', port: balancer.tcpPort, keepAlive: true },
    { kind: 'fresh connections over TCP', port: balancer.tcpPort, keepAlive: false },
    { kind: 'kept connections over HTTP', port: balancer.httpPort, keepAlive: true },
    { kind: 'fresh connections over HTTP', port: balancer.httpPort, keepAlive: false },
  ];
  return kinds.flatMap((client) => Array.from({ length: ofEachKind }, () => client));
}

function node(args: string[], env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, args, {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function until200(url: string): Promise<void> {
  return until(() =>
    fetch(url, { headers: { authorization: AUTHORIZATION } }).then(
      (answer) => answer.ok,
      () => false,
    ),
  );
}

async function makeKey(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/user-keys`, {
    method: 'POST',
    headers: { authorization: AUTHORIZATION, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'read-while-restarting' }),
  });
  if (answer.status !== 201) throw new Error(`no key to read: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { key: { id: string } }).key.id;
}
