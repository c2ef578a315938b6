/**
 * `npm run bench:sds`: thousands of simulated Envoys, each with a connection and a certificate, poll one Latchkey for
 * their keys. Reports calls to Elasticsearch, CPU a poll, and how fast a change reaches all of them. See docs/performance.md.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuSeconds, LOAD_CORE, pinSelf, residentMb } from '../processes.ts';
import { PROFILE, setStage, type Stage, sumOf } from './setup.ts';
import { Sidecar } from './sidecar.ts';

const STARTING_AT_ONCE = 64;
const FIRST_TIMEOUT_MS = 20_000;
/** How long a change of the profile is watched on its way to the sidecars. */
const CHANGE_LIMIT_MS = 15_000;
/** As Envoy with refresh_delay: 1s waits between two polls: that and up to as much again. */
const DELAY_MS = 1000;
/** What Latchkey takes off the timeout that a poll says it has. */
const MARGIN_MS = 500;
/** What polls and leases cause; the rest is done in the background and does not grow with the number of polls. */
const FOR_POLLS = /^latchkey_credentials_upstream_calls_total\{cause="(poll|lease)"\}/;
const CALLS = /^latchkey_elasticsearch_request_duration_seconds_count/;

const { values } = parseArgs({
  options: {
    sidecars: { type: 'string', default: '10000' },
    workloads: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '30' },
    hold: { type: 'string', default: '10' },
    rushing: { type: 'string', default: '32' },
  },
});
const [sidecars, workloads, seconds, holdSeconds, rushing] = [
  values.sidecars,
  values.workloads,
  values.seconds,
  values.hold,
  values.rushing,
].map(Number) as [number, number, number, number, number];
const holdMs = holdSeconds * 1000;

interface Sample {
  calls: number;
  forPolls: number;
  cpuS: number;
}

async function sample(stage: Stage): Promise<Sample> {
  const text = await stage.metrics();
  return {
    calls: sumOf(text, CALLS),
    forPolls: sumOf(text, FOR_POLLS),
    cpuS: cpuSeconds(stage.latchkey.pid) ?? Number.NaN,
  };
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function report(name: string, before: Sample, after: Sample, polls: number, latencies: number[], wallMs: number): void {
  latencies.sort((a, b) => a - b);
  const cpuMs = (after.cpuS - before.cpuS) * 1000;
  const [p50, p99] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
  console.log(
    `${name}: ${polls} polls in ${(wallMs / 1000).toFixed(1)} s; calls to Elasticsearch for them ${after.forPolls - before.forPolls}, all calls ${after.calls - before.calls}; ` +
      `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms; CPU ${(cpuMs / polls).toFixed(2)} ms a poll (${((cpuMs / wallMs) * 100).toFixed(0)} % of a core)`,
  );
}

/** Each sidecar connects and polls at once, as Envoy does. @returns how long each first poll took. */
async function startAll(stage: Stage, fleet: readonly Sidecar[]): Promise<number[]> {
  const tookMs: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next; index < fleet.length; index = next) {
      next += 1;
      const [sidecar, identity] = [fleet[index], stage.identities[index % stage.identities.length]];
      if (sidecar === undefined || identity === undefined) throw new Error('more sidecars than there are');
      await sidecar.connect(stage.meshPort, identity, stage.ca);
      const first = await sidecar.poll(FIRST_TIMEOUT_MS);
      if (first.status !== 200) throw new Error(`a first poll was answered ${first.status}`);
      tookMs.push(first.tookMs);
    }
  };
  await Promise.all(Array.from({ length: STARTING_AT_ONCE }, worker));
  return tookMs;
}

/** All sidecars poll as Envoys do, for some seconds; `latencies`: how much later than the hold says a 304 came. */
async function pollHeld(
  fleet: readonly Sidecar[],
  forMs: number,
  onNew?: () => void,
): Promise<{ polls: number; lateMs: number[]; wallMs: number }> {
  const lateMs: number[] = [];
  const refused = new Map<string, number>();
  let polls = 0;
  const started = performance.now();
  await Promise.all(
    fleet.map(async (sidecar) => {
      await sleep(Math.random() * (holdMs + DELAY_MS));
      while (performance.now() - started < forMs) {
        const { status, code = '', tookMs } = await sidecar.poll(holdMs + MARGIN_MS);
        polls += 1;
        if (status === 200) onNew?.();
        else if (status === 304) lateMs.push(tookMs - holdMs);
        else refused.set(`${status} ${code}`, (refused.get(`${status} ${code}`) ?? 0) + 1);
        await sleep(DELAY_MS * (1 + Math.random()));
      }
    }),
  );
  // Envoy keeps what it has and asks again after its delay.
  for (const [what, count] of refused) console.log(`  ${count} polls were answered ${what}`);
  return { polls, lateMs, wallMs: performance.now() - started };
}

/** A few sidecars poll without being held, one poll right after the other. */
async function rush(fleet: readonly Sidecar[], forMs: number): Promise<{ latencies: number[]; wallMs: number }> {
  const latencies: number[] = [];
  const started = performance.now();
  await Promise.all(
    fleet.map(async (sidecar) => {
      while (performance.now() - started < forMs) {
        const { status, tookMs } = await sidecar.poll(1000);
        if (status !== 304) throw new Error(`a poll was answered ${status}`);
        latencies.push(tookMs);
      }
    }),
  );
  return { latencies, wallMs: performance.now() - started };
}

async function run(): Promise<void> {
  pinSelf(LOAD_CORE);
  const stage = await setStage(workloads, holdMs);
  const fleet = Array.from({ length: sidecars }, (_, index) => new Sidecar(`envoy-${index}`, PROFILE));
  try {
    let before = await sample(stage);
    const started = performance.now();
    const firstMs = await startAll(stage, fleet);
    report(
      `${sidecars} sidecars of ${workloads} workloads connect by mutual TLS and poll for the first time, ${STARTING_AT_ONCE} at a time (CPU with the handshake)`,
      before,
      await sample(stage),
      sidecars,
      firstMs,
      performance.now() - started,
    );

    before = await sample(stage);
    const held = await pollHeld(fleet, seconds * 1000);
    report(
      `unchanged polls, held for ${holdSeconds} s (latency beyond the hold)`,
      before,
      await sample(stage),
      held.polls,
      held.lateMs,
      held.wallMs,
    );

    before = await sample(stage);
    const fast = await rush(fleet.slice(0, rushing), 5000);
    report(
      `unchanged polls, not held, ${rushing} at a time`,
      before,
      await sample(stage),
      fast.latencies.length,
      fast.latencies,
      fast.wallMs,
    );

    before = await sample(stage);
    let changedAt = 0;
    const reached: number[] = [];
    const polling = pollHeld(fleet, holdMs + DELAY_MS + CHANGE_LIMIT_MS, () =>
      reached.push(performance.now() - changedAt),
    );
    await sleep(holdMs + DELAY_MS);
    changedAt = performance.now();
    stage.changeRights();
    const changed = await polling;
    report(
      'a change of rights, so that every key is replaced (latency from the change of the file to the new key)',
      before,
      await sample(stage),
      changed.polls,
      reached,
      changed.wallMs,
    );
    console.log(
      `new keys reached ${reached.length} sidecars; the last after ${Math.max(...reached).toFixed(0)} ms. RSS ${residentMb(stage.latchkey.pid)?.toFixed(0)} MB`,
    );
  } finally {
    for (const sidecar of fleet) sidecar.close();
    await stage.stop();
  }
}

await run();
