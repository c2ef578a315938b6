/** `npm run bench`: Elasticsearch's stand-in, a raw proxy and Latchkey side by side. See docs/performance.md. */
import { existsSync, writeFileSync } from 'node:fs';
import { type Cell, measure } from './load.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { canPin, LOAD_CORE, pinSelf, residentMb, type Running } from './processes.ts';
import { type Cells, describeMachine, type Footprint, printReport, toRows } from './report.ts';
import { requestOf, SCENARIOS } from './scenarios.ts';
import { start, startUpstream, type Target, targetsOf } from './targets.ts';

/** JIT and caches: once at the start for each target and scenario, and a little before each measured window. */
const FIRST_WARMUP_SECONDS = 1.5;
const WARMUP_SECONDS = 0.3;

async function run(options: Options): Promise<void> {
  const latchkeys = new Map([['latchkey', options.main], ...options.also]);
  for (const path of latchkeys.values())
    if (!existsSync(path)) throw new Error(`${path} is not there; build it first (npm run build)`);
  if (!canPin)
    console.log(
      'taskset or a second core is missing: nothing is pinned, so the load competes with what it measures; trust the ratios only roughly',
    );
  pinSelf(LOAD_CORE);
  const open: Running[] = [];
  try {
    const upstream = await startUpstream();
    open.push(upstream);
    const targets = targetsOf(latchkeys, upstream.port);
    const servers = new Map<string, Running>();
    const footprints = new Map<string, Footprint>();
    for (const target of targets) {
      console.log(`starting ${target.name}`);
      const startMs = await measureStarts(target, options.starts);
      const { running, startMs: last } = await start(target);
      open.push(running);
      servers.set(target.name, running);
      footprints.set(target.name, {
        startMs: startMs.length > 0 ? startMs : [last],
        idleMb: residentMb(running.pid),
        loadedMb: undefined,
      });
    }
    const cells = await measureRounds(targets, servers, options);
    for (const [name, footprint] of footprints) footprint.loadedMb = residentMb(servers.get(name)?.pid ?? 0);
    finish(cells, footprints, new Set(latchkeys.keys()), options);
  } finally {
    await Promise.all(open.map((running) => running.stop()));
  }
}

async function measureStarts(target: Target, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const { running, startMs } = await start(target);
    await running.stop();
    times.push(startMs);
  }
  return times;
}

async function measureRounds(
  targets: readonly Target[],
  servers: ReadonlyMap<string, Running>,
  { rounds, seconds, connections }: Options,
): Promise<Cells> {
  const cells = new Map(
    targets.map(({ name }) => [name, new Map<string, Cell[]>(SCENARIOS.map((scenario) => [scenario.name, []]))]),
  );
  for (let round = 0; round <= rounds; round += 1) {
    const first = round === 0;
    console.log(first ? 'warming up' : `round ${round} of ${rounds}`);
    for (const scenario of SCENARIOS) {
      for (const target of rotated(targets, round)) {
        const server = servers.get(target.name);
        if (server === undefined) continue;
        const plan = first
          ? { warmupSeconds: 0.1, seconds: FIRST_WARMUP_SECONDS }
          : { warmupSeconds: WARMUP_SECONDS, seconds };
        const cell = await measure(server, requestOf(scenario, target.kind), { connections, ...plan });
        if (!first) cells.get(target.name)?.get(scenario.name)?.push(cell);
      }
    }
  }
  return cells;
}

/** Another order each round, so that none is always the one after the heaviest. */
function rotated<T>(values: readonly T[], by: number): T[] {
  const shift = by % values.length;
  return [...values.slice(shift), ...values.slice(0, shift)];
}

function finish(
  cells: Cells,
  footprints: ReadonlyMap<string, Footprint>,
  latchkeys: ReadonlySet<string>,
  options: Options,
): void {
  const machine = describeMachine();
  const rows = toRows(cells, latchkeys);
  printReport(machine, rows, footprints, options);
  if (options.out === undefined) return;
  const plain = {
    machine,
    options: { rounds: options.rounds, seconds: options.seconds, connections: options.connections },
    rows,
    footprints: Object.fromEntries(footprints),
    rounds: Object.fromEntries([...cells].map(([target, scenarios]) => [target, Object.fromEntries(scenarios)])),
  };
  writeFileSync(options.out, `${JSON.stringify(plain, null, 2)}\n`);
  console.log(`written to ${options.out}`);
}

let options: Options | undefined;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 2;
}
if (options !== undefined) await run(options);
