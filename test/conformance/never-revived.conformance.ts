import { setTimeout as sleep } from 'node:timers/promises';
import { must } from '../support/elasticsearch/http.ts';
import type { Caller } from '../support/elasticsearch/index.ts';
import { startLatchkey, type Latchkey } from '../support/service.js';
import { KEYS, type Created, type World } from './world.js';

export interface NeverRevivedOptions {
  /** Keys in each of the two trials. */
  keys: number;
  /** Keys of the control, without Latchkey. 0 where there is no race to show. */
  controlKeys: number;
}

const BATCH = 50;
/** Longer than Elasticsearch's refresh (1 s), after which every overlapping write is visible. */
const SETTLE_MS = 2500;
/** When the updates start, counted from the invalidation: before, with and after it. */
const OFFSETS_MS = [-30, -10, 0, 0, 5, 20, 100, 400];

interface Verdict {
  keys: number;
  /** Invalidations that were answered 204. */
  answered: number;
  /** Updates that were answered 200, by Latchkey or by Elasticsearch. */
  updated: number;
  /** Of the answered ones, those that were alive afterwards. */
  alive: number;
}

/**
 * An update that overlaps an invalidation can bring the key back to life in Elasticsearch, though both are answered
 * with success. Latchkey promises that a key whose invalidation it has answered stays dead.
 */
export function neverRevived(w: World, { keys, controlKeys }: NeverRevivedOptions): void {
  describe('never back to life', () => {
    let second: Latchkey;

    beforeAll(async () => {
      second = await startLatchkey(w.es.url);
    });
    afterAll(() => second?.stop());

    test(`0 of ${keys} invalidated keys are alive when updates through the same replica, and at Elasticsearch, hit the invalidation`, async () => {
      const verdict = await hammer(w, keys, w.latchkey, w.latchkey);
      report(w, 'one replica', verdict);
      expect(verdict).toEqual({ keys, answered: keys, updated: expect.any(Number), alive: 0 });
    });

    test(`0 of ${keys} invalidated keys are alive when updates through another replica, and at Elasticsearch, hit the invalidation`, async () => {
      const verdict = await hammer(w, keys, w.latchkey, second);
      report(w, 'two replicas', verdict);
      expect(verdict).toEqual({ keys, answered: keys, updated: expect.any(Number), alive: 0 });
    });

    if (controlKeys > 0) {
      test('control: without Latchkey the same race is real (reported, not required)', async () => {
        const verdict = await race(w, controlKeys);
        report(w, 'without Latchkey', verdict);
        expect(verdict.keys).toBe(controlKeys);
      });
    }
  });
}

async function hammer(w: World, count: number, ender: Latchkey, updater: Latchkey): Promise<Verdict> {
  const own = w.callers.manageOwnApiKey;
  const verdicts: Verdict[] = [];
  for (let done = 0; done < count; done += BATCH) {
    const keys = await w.createMany(own, Math.min(BATCH, count - done));
    const outcomes = await Promise.all(
      keys.map((key, index) =>
        hit(w, own, key, OFFSETS_MS[index % OFFSETS_MS.length] ?? 0, { ender, updater, direct: index % 2 === 0 }),
      ),
    );
    verdicts.push(await judge(w, keys, outcomes));
  }
  return add(verdicts);
}

interface Outcome {
  ended: boolean;
  updates: number;
}

/** Invalidates a key through Latchkey and updates it at the same moment: twice through Latchkey, and as another client. */
async function hit(
  w: World,
  own: Caller,
  { id }: Created,
  offsetMs: number,
  via: { ender: Latchkey; updater: Latchkey; direct: boolean },
): Promise<Outcome> {
  const { authorization } = own;
  const update = async (n: number): Promise<boolean> => {
    await sleep(Math.max(0, offsetMs) + n);
    return (
      (await via.updater.call('PATCH', `${KEYS}/${id}`, { authorization, body: { metadata: { n } } })).status === 200
    );
  };
  const updateDirectly = async (): Promise<boolean> => {
    await sleep(Math.max(0, offsetMs));
    return (
      (await w.elasticsearch(own, 'PUT', `/_security/api_key/${id}`, { metadata: { n: 'direct' } })).status === 200
    );
  };
  const end = async (): Promise<boolean> => {
    await sleep(Math.max(0, -offsetMs));
    return (await via.ender.call('DELETE', `${KEYS}/${id}`, { authorization })).status === 204;
  };
  const [ended, ...updates] = await Promise.all([
    end(),
    update(0),
    update(1),
    ...(via.direct ? [updateDirectly()] : []),
  ]);
  return { ended, updates: updates.filter(Boolean).length };
}

async function race(w: World, count: number): Promise<Verdict> {
  const own = w.callers.manageOwnApiKey;
  const keys = await w.createMany(own, count);
  const outcomes = await Promise.all(
    keys.map(async ({ id }): Promise<Outcome> => {
      const [updated, ended] = await Promise.all([
        w.elasticsearch(own, 'PUT', `/_security/api_key/${id}`, { metadata: { n: 1 } }),
        w.elasticsearch(own, 'DELETE', '/_security/api_key', { ids: [id], owner: true }),
      ]);
      return {
        ended: ended.status === 200 && (ended.body['invalidated_api_keys'] as string[]).includes(id),
        updates: updated.status === 200 ? 1 : 0,
      };
    }),
  );
  return judge(w, keys, outcomes);
}

/** What Elasticsearch itself says of the keys once everything is visible: by reading them, and by using them. */
async function judge(w: World, keys: readonly Created[], outcomes: readonly Outcome[]): Promise<Verdict> {
  await sleep(SETTLE_MS);
  const alive = await Promise.all(
    keys.map(async ({ id, encoded }) => !(await invalidated(w, id)) || (await w.authenticates(encoded))),
  );
  return {
    keys: keys.length,
    answered: outcomes.filter(({ ended }) => ended).length,
    updated: outcomes.reduce((sum, { updates }) => sum + updates, 0),
    alive: alive.filter((lives, index) => lives && outcomes[index]?.ended).length,
  };
}

async function invalidated(w: World, id: string): Promise<boolean> {
  const { api_keys: keys } = await must(w.es, 'GET', `/_security/api_key?id=${id}`);
  return (keys as Array<{ invalidated: boolean }>).every((key) => key.invalidated);
}

function add(verdicts: readonly Verdict[]): Verdict {
  const sum = (of: keyof Verdict): number => verdicts.reduce((total, verdict) => total + verdict[of], 0);
  return { keys: sum('keys'), answered: sum('answered'), updated: sum('updated'), alive: sum('alive') };
}

function report(w: World, how: string, { keys, answered, updated, alive }: Verdict): void {
  process.stdout.write(
    `never back to life, ${w.target.version}, ${how}: ${alive} of ${answered} invalidated keys alive (${keys} keys, ${updated} updates answered 200)\n`,
  );
}
