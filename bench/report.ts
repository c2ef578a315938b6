import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import type { Cell } from './load.ts';
import { canPin } from './processes.ts';
import type { Options } from './options.ts';
import { SCENARIOS } from './scenarios.ts';

/** target -> scenario -> one cell a round */
export type Cells = ReadonlyMap<string, ReadonlyMap<string, readonly Cell[]>>;

export interface Footprint {
  startMs: number[];
  idleMb: number | undefined;
  loadedMb: number | undefined;
}

export interface Row {
  target: string;
  scenario: string;
  cpuMicros: number | undefined;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Medians of the ratios of each round: CPU a request, and requests/s, to those of the raw proxy. */
  cpuRatio: number | undefined;
  rpsRatio: number;
  /** CPU ratio divided by the upstream calls that one request makes; the raw proxy makes one. */
  cpuRatioPerUpstreamCall: number | undefined;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

export function toRows(cells: Cells, latchkeys: ReadonlySet<string>): Row[] {
  return SCENARIOS.flatMap(({ name: scenario, upstreamCalls }) =>
    [...cells].map(([target, byScenario]) => {
      const own = byScenario.get(scenario) ?? [];
      const raw = cells.get('raw')?.get(scenario) ?? [];
      const cpuRatio = known(own.map((cell, round) => ratio(cell.cpuMicros, raw[round]?.cpuMicros)));
      return {
        target,
        scenario,
        cpuMicros: known(own.map(({ cpuMicros }) => cpuMicros)),
        requestsPerSecond: median(own.map(({ requestsPerSecond }) => requestsPerSecond)),
        p50Ms: median(own.map(({ p50Ms }) => p50Ms)),
        p99Ms: median(own.map(({ p99Ms }) => p99Ms)),
        cpuRatio,
        rpsRatio: median(
          own.map((cell, round) => cell.requestsPerSecond / (raw[round]?.requestsPerSecond ?? Number.NaN)),
        ),
        cpuRatioPerUpstreamCall:
          cpuRatio === undefined ? undefined : cpuRatio / (latchkeys.has(target) ? upstreamCalls : 1),
      };
    }),
  );
}

function ratio(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined ? undefined : value / base;
}

/** The median, or undefined when a value is missing (no /proc). */
function known(values: ReadonlyArray<number | undefined>): number | undefined {
  const there = values.filter((value) => value !== undefined);
  return there.length === values.length && there.length > 0 ? median(there) : undefined;
}

export interface Machine {
  date: string;
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  commit: string;
  pinned: boolean;
}

export function describeMachine(): Machine {
  const [first] = cpus();
  return {
    date: new Date().toISOString(),
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    node: process.version,
    commit: commit(),
    pinned: canPin,
  };
}

function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return (
      git('rev-parse', '--short', 'HEAD') +
      (git('status', '--porcelain', '--', 'src') === '' ? '' : ' with changes in src')
    );
  } catch {
    return 'unknown';
  }
}

export function printReport(
  machine: Machine,
  rows: readonly Row[],
  footprints: ReadonlyMap<string, Footprint>,
  { rounds, seconds, connections }: Options,
): void {
  const lines = [
    '',
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}, commit ${machine.commit}`,
    `${rounds} rounds of ${seconds} s, ${connections} connections; ${machine.pinned ? 'measured server on core 0, load and upstream on core 1' : 'NOT pinned to cores'}`,
    'Ratios are to the raw proxy (medians of the rounds). A create through Latchkey is two upstream calls: create, then read back.',
    '',
    row(['scenario', 'target', 'CPU us', 'CPU ratio', 'per up-call', 'req/s', 'req/s ratio', 'p50 ms', 'p99 ms']),
    ...rows.map((one) =>
      row([
        one.scenario,
        one.target,
        fixed(one.cpuMicros, 0),
        fixed(one.cpuRatio, 2),
        fixed(one.cpuRatioPerUpstreamCall, 2),
        fixed(one.requestsPerSecond, 0),
        fixed(one.rpsRatio, 2),
        fixed(one.p50Ms, 2),
        fixed(one.p99Ms, 2),
      ]),
    ),
    '',
    row(['target', '', 'start ms', 'idle MB', 'loaded MB']),
    ...[...footprints].map(([target, { startMs, idleMb, loadedMb }]) =>
      row([target, '', fixed(median(startMs), 0), fixed(idleMb, 0), fixed(loadedMb, 0)]),
    ),
    '',
  ];
  console.log(lines.join('\n'));
}

function row(texts: readonly string[]): string {
  return texts
    .map((text, index) => (index < 2 ? text.padEnd(11) : text.padStart(12)))
    .join('')
    .trimEnd();
}

function fixed(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? '-' : value.toFixed(digits);
}
