import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import type { Caller } from '../../identity/caller.js';

type Owned = Pick<ElasticsearchKey, 'username' | 'realm'>;

/**
 * Whether a user owns a key, as Elasticsearch sees it: by name and realm. An API key owns nothing, not even what it
 * made.
 */
export function isOwner({ username, realm, apiKey }: Caller, key: Owned): boolean {
  return apiKey === undefined && username === key.username && realm.name === key.realm;
}

export function sameOwner(one: Owned, other: Owned): boolean {
  return one.username === other.username && one.realm === other.realm;
}
