import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** How haproxy learns of a replica: with these, about 400 ms after its readiness changed. */
const CHECK_EVERY_MS = 200;
const CHECKS_TO_FALL = 2;
const CHECKS_TO_RISE = 1;

export interface Balancer {
  /** Passes bytes on: a client's connection stays with one replica. */
  tcpPort: number;
  /** Speaks HTTP: each request goes to a replica of its own. */
  httpPort: number;
  /** @throws Error when haproxy has ended before it found the replica ready. */
  untilUp(replica: string): Promise<void>;
  stop(): Promise<void>;
}

export interface Replica {
  name: string;
  port: number;
}

/** haproxy in front of the replicas. It sends nothing twice: a request that a replica loses is lost for the client as well. */
export async function startHaproxy(
  replicas: readonly Replica[],
  ports: { tcp: number; http: number },
): Promise<Balancer> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-haproxy-'));
  const socket = join(folder, 'stats.sock');
  await writeFile(join(folder, 'haproxy.cfg'), configuration(replicas, ports, socket));
  const child = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: ['ignore', 'ignore', 'pipe'] });
  await once(child, 'spawn');
  let told = '';
  child.stderr.on('data', (chunk: Buffer) => (told = (told + chunk.toString()).slice(-2000)));
  let ended = false;
  const end = once(child, 'exit').then(() => (ended = true));

  async function untilUp(replica: string): Promise<void> {
    let last = '';
    while (!ended) {
      last = await ask(socket, 'show stat').catch(String);
      const states = ['over-tcp', 'over-http'].map(
        (backend) => new RegExp(`^${backend},${replica},.*`, 'm').exec(last)?.[0].split(',')[17],
      );
      if (states.every((state) => state === 'UP')) return;
      await sleep(50);
    }
    throw new Error(`haproxy does not find ${replica} ready and has ended: ${last.slice(0, 500)} ${told}`);
  }

  return {
    tcpPort: ports.tcp,
    httpPort: ports.http,
    untilUp,
    async stop() {
      child.kill('SIGKILL');
      await end;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(replicas: readonly Replica[], ports: { tcp: number; http: number }, socket: string): string {
  const backend = (name: string, mode: string): string => `
backend ${name}
  mode ${mode}
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter ${CHECK_EVERY_MS} fall ${CHECKS_TO_FALL} rise ${CHECKS_TO_RISE}
${replicas.map(({ name: replica, port }) => `  server ${replica} 127.0.0.1:${port}`).join('\n')}
`;
  return `global
  stats socket ${socket}
  maxconn 1000
defaults
  retries 0
  # A busy machine may be late with anything.
  timeout connect 1m
  timeout client 5m
  timeout server 5m
  timeout check 1m
frontend tcp
  mode tcp
  bind 127.0.0.1:${ports.tcp}
  default_backend over-tcp
frontend http
  mode http
  bind 127.0.0.1:${ports.http}
  default_backend over-http
${backend('over-tcp', 'tcp')}${backend('over-http', 'http')}`;
}

async function ask(socket: string, command: string): Promise<string> {
  const connection = connect(socket);
  connection.end(`${command}\n`);
  let text = '';
  for await (const chunk of connection) text += String(chunk);
  return text;
}
