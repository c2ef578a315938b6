import { expectRecord, expectString } from './answer-shape.js';
import type { CreatedKey } from './elasticsearch-types.js';

/** The answer to a create. Holds the secret. @throws ServiceError `upstream.invalid` */
export function asCreatedKey(value: unknown): CreatedKey {
  const created = expectRecord(value, 'create');
  const expiration = created['expiration'];
  return {
    id: expectString(created, 'id', 'create'),
    name: expectString(created, 'name', 'create'),
    ...(typeof expiration === 'number' && { expiration }),
    api_key: expectString(created, 'api_key', 'create'),
    encoded: expectString(created, 'encoded', 'create'),
  };
}
