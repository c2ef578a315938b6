import type { CreatedKey } from '../../elasticsearch/elasticsearch-types.js';

export const SECRET_FORMATS = ['encoded', 'json', 'beats', 'logstash'] as const;

export type SecretFormat = (typeof SECRET_FORMATS)[number];

export interface KeySecret {
  encoded: string;
  api_key: string;
  json?: { id: string; name: string; expiration?: number; api_key: string; encoded: string };
  beats?: string;
  logstash?: string;
}

/** The secret of a new key in the forms that Kibana offers; `encoded` and `api_key` always. */
export function formatSecret(created: CreatedKey, formats: readonly SecretFormat[]): KeySecret {
  const { id, name, expiration, api_key, encoded } = created;
  return {
    encoded,
    api_key,
    ...(formats.includes('json') && {
      json: { id, name, ...(expiration !== undefined && { expiration }), api_key, encoded },
    }),
    ...(formats.includes('beats') && { beats: `${id}:${api_key}` }),
    ...(formats.includes('logstash') && { logstash: `${id}:${api_key}` }),
  };
}
