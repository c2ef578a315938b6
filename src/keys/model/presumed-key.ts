import type { CreatedKey, ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import type { Caller } from '../../identity/caller.js';

type PresumedParts = Partial<
  Pick<ElasticsearchKey, 'type' | 'metadata' | 'role_descriptors' | 'access' | 'certificate_identity'>
>;

/** A key that was just made, as far as it is known without reading it back. @param given what it was made of. */
export function presumedKey(
  created: CreatedKey,
  { username, realm }: Pick<Caller, 'username' | 'realm'>,
  given: PresumedParts,
): ElasticsearchKey {
  return {
    type: 'rest',
    metadata: {},
    role_descriptors: {},
    ...given,
    id: created.id,
    name: created.name,
    creation: Date.now(),
    ...(created.expiration !== undefined && { expiration: created.expiration }),
    invalidated: false,
    username,
    realm: realm.name,
    realm_type: realm.type,
  };
}
