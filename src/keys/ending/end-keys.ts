import { setTimeout as sleep } from 'node:timers/promises';
import type { InvalidationResult } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../errors/service-error.js';

/** As whom keys are read. */
export interface EndingReader {
  /** Which of these keys are alive, as Elasticsearch shows them now. */
  living(ids: readonly string[]): Promise<readonly string[]>;
}

/** As whom keys are invalidated. */
export interface Invalidating {
  invalidate(ids: readonly string[]): Promise<InvalidationResult>;
}

/** As whom keys are read and invalidated. */
export interface EndingIdentity extends EndingReader, Invalidating {}

/**
 * What became of a key: it was seen dead; Elasticsearch refused to invalidate it for this identity, and it lives; or it
 * was invalidated, and updates brought it back to life each time.
 */
export type Ending = 'dead' | 'refused' | 'revived';

const MAX_ROUNDS = 4;

/**
 * Invalidates keys and makes sure of it, as `confirmEnded` does.
 *
 * @param settleMs how long a list may not yet show an invalidation.
 * @returns what became of each key.
 */
export async function invalidateAndConfirm(
  identity: EndingIdentity,
  ids: readonly string[],
  settleMs: number,
): Promise<ReadonlyMap<string, Ending>> {
  const { invalidated, previouslyInvalidated } = await identity.invalidate(ids);
  return confirm(identity, ids, settleMs, new Set([...invalidated, ...previouslyInvalidated]));
}

/**
 * Makes sure of keys that Elasticsearch has invalidated: they are read back once an update that overlapped would have
 * become visible, and invalidated again if one revived them.
 */
export function confirmEnded(
  identity: EndingReader & { invalidate(ids: readonly string[]): Promise<unknown> },
  ids: readonly string[],
  settleMs: number,
): Promise<ReadonlyMap<string, Ending>> {
  return confirm(identity, ids, settleMs, new Set(ids));
}

/**
 * As `invalidateAndConfirm`, for whom a key that comes back to life is an error.
 *
 * @returns the keys that Elasticsearch left alive because this identity may not invalidate them.
 * @throws ServiceError `key.invalidation-unconfirmed`, or what the calls throw.
 */
export async function endKeys(identity: EndingIdentity, ids: readonly string[], settleMs: number): Promise<string[]> {
  const endings = await invalidateAndConfirm(identity, ids, settleMs);
  if ([...endings.values()].includes('revived')) {
    throw new ServiceError(
      'key.invalidation-unconfirmed',
      'Something keeps updating the key, and Elasticsearch lets such an update bring it back to life.',
    );
  }
  return ids.filter((id) => endings.get(id) === 'refused');
}

async function confirm(
  identity: EndingReader & { invalidate(ids: readonly string[]): Promise<unknown> },
  ids: readonly string[],
  settleMs: number,
  accepted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Ending>> {
  const endings = new Map<string, Ending>(ids.map((id) => [id, 'revived']));
  let open = ids;
  for (let round = 0; round < MAX_ROUNDS && open.length > 0; round += 1) {
    await sleep(settleMs);
    const living = new Set(await identity.living(open));
    for (const id of open)
      if (!living.has(id)) endings.set(id, 'dead');
      else if (!accepted.has(id)) endings.set(id, 'refused');
    open = open.filter((id) => endings.get(id) === 'revived');
    if (open.length > 0) await identity.invalidate(open);
  }
  return endings;
}
