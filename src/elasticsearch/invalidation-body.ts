import type { JsonRecord } from '../json/json-record.js';

/**
 * The only builder of an invalidation. `{"owner": true}` without ids would mean every key of the caller
 * (InvalidateApiKeyRequest.forOwnedApiKeys), so an empty list is a defect here, not a request.
 */
export function invalidationBody(ids: readonly string[], ownOnly: boolean): JsonRecord {
  // A copy, since `some` passes over the holes of a sparse list.
  const named = [...ids];
  if (named.length === 0 || named.some((id) => typeof id !== 'string' || id.trim() === '')) {
    throw new TypeError('an invalidation needs at least one id');
  }
  return { ids: named, ...(ownOnly && { owner: true }) };
}
