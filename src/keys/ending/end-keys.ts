import { setTimeout as sleep } from 'node:timers/promises';
import type { ElasticsearchKey, InvalidationResult } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../errors/service-error.js';

/** With whose identity keys are looked up and ended. */
export interface KeyHands {
  find(ids: readonly string[]): Promise<ElasticsearchKey[]>;
  invalidate(ids: readonly string[]): Promise<InvalidationResult>;
}

const MAX_ROUNDS = 4;

/**
 * Invalidates keys and makes sure of it: after Elasticsearch has answered, the keys are read back once an overlapping
 * update would have become visible, and invalidated again if one revived them.
 *
 * @param settleMs how long a list may not yet show an invalidation.
 * @param self the key that the hands belong to, if they do: once it is ended it cannot ask any more, which is the proof.
 * @returns the keys that Elasticsearch left alive because these hands may not invalidate them.
 * @throws ServiceError `key.invalidation-unconfirmed`, or what the calls throw.
 */
export async function endKeys(
  hands: KeyHands,
  ids: readonly string[],
  settleMs: number,
  self?: string,
): Promise<string[]> {
  const ended = new Set((await hands.invalidate(ids)).invalidated);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    await sleep(settleMs);
    const alive = await stillAlive(hands, ids, self);
    const revived = alive.filter((id) => ended.has(id));
    if (revived.length === 0) return alive;
    await hands.invalidate(revived);
  }
  throw new ServiceError(
    'key.invalidation-unconfirmed',
    'Something keeps updating the key, and Elasticsearch lets such an update bring it back to life.',
  );
}

async function stillAlive(hands: KeyHands, ids: readonly string[], self: string | undefined): Promise<string[]> {
  try {
    return (await hands.find(ids)).filter((key) => !key.invalidated).map(({ id }) => id);
  } catch (error) {
    if (self !== undefined && ids.includes(self) && error instanceof ServiceError && error.code === 'auth.invalid')
      return [];
    throw error;
  }
}
