import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startLogged, type LoggedProcess } from '../elasticsearch/node-process.ts';
import { envoyProgram } from './install.ts';

const run = promisify(execFile);
/** These only end a hang. */
const START_LIMIT_MS = 300_000;
const VALIDATE_LIMIT_MS = 300_000;
const POLL_MS = 20;

/** An Envoy whose admin port answers. Its listeners may still wait for what they need: see `ready`. */
export interface RunningEnvoy {
  /** http://127.0.0.1:PORT of the admin port. */
  admin: string;
  /** http://127.0.0.1:PORT of a listener by its name; throws while it does not listen. */
  listener(name: string): Promise<string>;
  /** Whether the listeners are open (/ready is 200). */
  isReady(): Promise<boolean>;
  /** Returns when they are. */
  ready(limitMs: number): Promise<void>;
  /** Counters, gauges and text values whose names match. */
  stats(pattern: RegExp): Promise<Record<string, string | number>>;
  /** The body of /config_dump with this query, parsed. */
  configDump(query?: string): Promise<ReturnType<typeof JSON.parse>>;
  /** The last megabyte of what Envoy has logged. */
  log(): Promise<string>;
  /** Ends the process and removes its files; a second call does nothing. */
  stop(): Promise<void>;
}

export interface EnvoyOptions {
  /** More arguments of the command line: `--service-node`, for example. */
  arguments?: string[];
  /** The default is info, as in production: debug prints the credentials. */
  logLevel?: 'info' | 'warning';
}

/** Starts Envoy with this configuration file, which must have an admin port; ports 0 are free ones. */
export async function startEnvoy(configFile: string, options: EnvoyOptions = {}): Promise<RunningEnvoy> {
  const program = await envoyProgram();
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-envoy-'));
  const addressFile = join(folder, 'admin-address');
  const logFile = join(folder, 'log');
  const own = [
    '--concurrency',
    '1',
    '--disable-hot-restart',
    '-l',
    options.logLevel ?? 'info',
    '--admin-address-path',
    addressFile,
  ];
  const child = startLogged(program, ['-c', configFile, ...own, ...(options.arguments ?? [])], process.env, logFile);
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= child.end().then(() => rm(folder, { recursive: true, force: true }));
    return stopped;
  };
  try {
    const admin = `http://${await adminAddress(child, addressFile)}`;
    return { ...adminCalls(admin), admin, log: async () => (await readFile(logFile, 'utf8')).slice(-(1 << 20)), stop };
  } catch (error) {
    const tail = child
      .logTail()
      .split('\n')
      .filter((line) => !line.includes('[info]'))
      .join('\n');
    await stop();
    throw new Error(`Envoy did not start: ${error instanceof Error ? error.message : String(error)}\n${tail}`, {
      cause: error,
    });
  }
}

/** `envoy --mode validate`: undefined = accepted, else what Envoy says. Looks at the files that the configuration names. */
export async function validateConfig(config: string): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-envoy-'));
  try {
    const file = join(folder, 'envoy.yaml');
    await writeFile(file, config);
    await run(await envoyProgram(), ['--mode', 'validate', '-c', file, '-l', 'warning'], {
      timeout: VALIDATE_LIMIT_MS,
    });
    return undefined;
  } catch (error) {
    const { stderr, code, signal } = error as Partial<ExecFileException>;
    if (stderr === undefined) throw error;
    return `${signal ? `signal ${signal}` : `exit code ${code}`}: ${stderr}`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function adminAddress(child: LoggedProcess, file: string): Promise<string> {
  return until(START_LIMIT_MS, 'an address of the admin port', async () => {
    const gone = child.ended();
    if (gone !== undefined) throw new Error(`the process ${gone}`);
    return (await readFile(file, 'utf8').catch(() => '')) || undefined;
  });
}

function adminCalls(admin: string): Pick<RunningEnvoy, 'listener' | 'isReady' | 'ready' | 'stats' | 'configDump'> {
  const json = async (path: string): Promise<ReturnType<typeof JSON.parse>> => (await fetch(`${admin}${path}`)).json();
  const isReady = async (): Promise<boolean> => (await fetch(`${admin}/ready`)).status === 200;
  return {
    isReady,
    ready: async (limitMs) =>
      void (await until(limitMs, 'a ready Envoy', async () => ((await isReady()) ? true : undefined))),
    listener: async (name) => {
      const { listener_statuses: found = [] } = await json('/listeners?format=json');
      const address = found.find((entry: { name: string }) => entry.name === name)?.local_address.socket_address;
      if (address === undefined) throw new Error(`Envoy has no listener ${name}`);
      return `http://${address.address}:${address.port_value}`;
    },
    stats: async (pattern) => {
      const { stats } = await json(`/stats?format=json&filter=${encodeURIComponent(pattern.source)}`);
      return Object.fromEntries(
        stats
          .filter((stat: object) => 'name' in stat)
          .map((stat: { name: string; value: string | number }) => [stat.name, stat.value]),
      );
    },
    configDump: (query = '') => json(`/config_dump${query}`),
  };
}

/** What `probe` gives as soon as it is not undefined. */
export async function until<T>(limitMs: number, what: string, probe: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    if (Date.now() > deadline) throw new Error(`no ${what} after ${limitMs} ms`);
    await pause(POLL_MS);
  }
}
