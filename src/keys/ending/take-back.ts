import type { SecretDone } from '../../audit/audited.js';
import type { CallerGateway } from '../../elasticsearch/caller-gateway.js';
import type { InvalidationResult } from '../../elasticsearch/elasticsearch-types.js';
import type { AuthorizedCaller } from '../../identity/request-context.js';

/**
 * Ends a new key as the caller whose key it is; its secret has not left yet, and is then worth nothing.
 *
 * @returns its id when it may live on.
 */
export async function takeBack(
  gateway: CallerGateway,
  { credential, caller }: AuthorizedCaller,
  id: string,
): Promise<string | undefined> {
  // A clone belongs to the owner of the key that it was made from: "own" leaves it out without a word.
  const own = caller.apiKey === undefined && (await ends(id, gateway.invalidateKeys(credential, [id], true)));
  return own || (await ends(id, gateway.invalidateKeys(credential, [id], false))) ? undefined : id;
}

/** Whether this invalidation ends the key, or finds it ended. */
export async function ends(id: string, invalidation: Promise<InvalidationResult>): Promise<boolean> {
  const result = await invalidation.catch(() => undefined);
  return result !== undefined && [...result.invalidated, ...result.previouslyInvalidated].includes(id);
}

/** @param undo as `takeBack`, by whoever made the key. */
export function newKeyDone<Answer extends { key: { id: string } }>(
  answer: Answer,
  undo: (id: string) => Promise<string | undefined>,
): SecretDone<Answer> {
  const { id } = answer.key;
  return { outcome: { keyIds: [id] }, undo: () => undo(id), answer: () => answer };
}
