import { setTimeout as pause } from 'node:timers/promises';
import { BROKER_VARIABLE, type BrokerAnswers, type BrokerState } from './broker.ts';
import { NodePool } from './pool.ts';
import type { ElasticsearchTarget, RunningElasticsearch } from './types.ts';

const POLL_MS = 200;

/** Used where there is no broker, so outside Jest; then "shared" means within this process. */
const ownPool = new NodePool();

/**
 * The node of this Jest run for the target: the first test file that asks has it started, the others get the same,
 * in whatever worker they run. It ends with the run. Other files' users, roles and keys are in it: use own names.
 */
export async function sharedElasticsearch(target: ElasticsearchTarget): Promise<RunningElasticsearch> {
  const node = brokerUrl() === undefined ? await ownPool.get(target) : await ask('node', target);
  return { ...node, stop: async () => undefined };
}

/** Why the target cannot run here; undefined = it can. Starts and downloads nothing; asked once for each Jest run. */
export async function whyUnavailable(target: ElasticsearchTarget): Promise<string | undefined> {
  if (brokerUrl() === undefined) return ownPool.whyUnavailable(target);
  return (await ask('unavailable', target)) ?? undefined;
}

/** The same, after downloading what is missing. */
export async function whyUnobtainable(target: ElasticsearchTarget): Promise<string | undefined> {
  if (brokerUrl() === undefined) return ownPool.whyUnobtainable(target);
  return (await ask('unobtainable', target)) ?? undefined;
}

function brokerUrl(): string | undefined {
  return process.env[BROKER_VARIABLE] || undefined;
}

async function ask<K extends keyof BrokerAnswers>(
  what: K,
  { version, license }: ElasticsearchTarget,
): Promise<BrokerAnswers[K]> {
  const query = new URLSearchParams({ version, license });
  for (;;) {
    const answer = await fetch(`${brokerUrl()}/${what}?${query}`);
    if (!answer.ok) throw new Error(`the node broker of this Jest run answers ${answer.status}`);
    const found = (await answer.json()) as BrokerState<BrokerAnswers[K]>;
    if (found.state === 'failed') throw new Error(found.reason);
    if (found.state === 'done') return found.value;
    await pause(POLL_MS);
  }
}
