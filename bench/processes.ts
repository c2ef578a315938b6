import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const START_LIMIT_MS = 30_000;
const POLL_MS = 2;
/** USER_HZ, the unit of /proc/PID/stat (proc(5)); 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export const canPin =
  availableParallelism() > 1 && spawnSync('taskset', ['-c', String(SERVER_CORE), 'true']).status === 0;

export interface Running {
  pid: number;
  port: number;
  /** The process has ended by itself. */
  ended(): boolean;
  stop(): Promise<void>;
}

export interface Launch {
  /** Arguments for node; the port is put in by the caller. */
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  core: number;
}

/** Moves this very process, which makes the load and reads the logs, away from the measured core. */
export function pinSelf(core: number): void {
  if (canPin) spawnSync('taskset', ['-a', '-c', '-p', String(core), String(process.pid)]);
}

/** Starts a Node process on one core. What it logs is read and thrown away; what it says on standard error is shown. */
export function launch({ args, env = {}, core }: Launch, port: number): Running {
  const command = canPin ? ['taskset', '-c', String(core), process.execPath, ...args] : [process.execPath, ...args];
  const child = spawn(command[0] ?? '', command.slice(1), {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  return { pid: child.pid ?? 0, port, ended: () => hasEnded(child), stop: () => stop(child) };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  await new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGKILL');
  });
}

export interface Probe {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body?: string;
  expectedStatus: number;
}

/** Waits until the server gives the expected answer. @throws Error with the last status when it does not in time. */
export async function untilAnswered({ port, ended }: Pick<Running, 'port' | 'ended'>, probe: Probe): Promise<void> {
  const deadline = performance.now() + START_LIMIT_MS;
  let last = 0;
  while (performance.now() < deadline && !ended()) {
    last = await statusOf(port, probe);
    if (last === probe.expectedStatus) return;
    await sleep(POLL_MS);
  }
  const why = ended()
    ? 'the server has ended'
    : `not within ${START_LIMIT_MS} ms; last status: ${last || 'no connection'}`;
  throw new Error(`${probe.method} ${probe.path} was not answered with ${probe.expectedStatus}: ${why}`);
}

function statusOf(port: number, { method, path, headers, body }: Probe): Promise<number> {
  return new Promise((resolve) => {
    const call = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: { ...headers, ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }) },
        agent: false,
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
        answer.on('error', () => resolve(0));
      },
    );
    call.on('error', () => resolve(0));
    call.end(body);
  });
}

/** User and system time of a process so far; undefined where there is no /proc. */
export function cpuSeconds(pid: number): number | undefined {
  const text = readProc(pid, 'stat');
  // The name of the command, in parentheses, may hold blanks; utime and stime are fields 14 and 15.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields && (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory in MB (10^6 bytes); undefined where there is no /proc. */
export function residentMb(pid: number): number | undefined {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(pid, 'status') ?? '')?.[1];
  return kib === undefined ? undefined : (Number(kib) * 1024) / 1e6;
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
