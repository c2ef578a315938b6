import { randomBytes } from 'node:crypto';
import { createCallers, type Callers, type Endpoint } from '../support/elasticsearch/index.ts';
import { exchange, startLatchkey, type Answer, type Latchkey, type Who } from '../support/service.js';

/** Latchkey before one Elasticsearch (real or sandbox), with its callers. */
export interface Subject {
  es: Endpoint;
  latchkey: Latchkey;
  callers: Callers;
  /** Straight to Elasticsearch, as anybody; the superuser by default. */
  atElasticsearch(method: string, path: string, body?: unknown, who?: Who): Promise<Answer>;
  /** A key made through Latchkey. @returns the whole answer's body. */
  makeKey(body?: Record<string, unknown>, who?: Who): Promise<{ key: { id: string; name: string } & Record<string, unknown>; secret: { encoded: string; api_key: string } }>;
}

export const unique = (name: string): string => `${name}-${randomBytes(6).toString('hex')}`;

export async function prepare(es: Endpoint, env: Record<string, string> = {}): Promise<Subject> {
  const callers = await createCallers(es, `c${randomBytes(4).toString('hex')}`);
  const latchkey = await startLatchkey(es.url, { LATCHKEY_PRIVILEGE_CACHE_MS: '2000', ...env });
  const superuser = callers.superuser.authorization;
  return {
    es,
    latchkey,
    callers,
    atElasticsearch: (method, path, body, who = superuser) => exchange(`${es.url}${path}`, method, body, { authorization: typeof who === 'string' ? who : who.authorization }),
    async makeKey(body = {}, who = callers.manageOwnApiKey) {
      const answer = await latchkey.send(who, 'POST', '/v1/user-keys', { name: unique('key'), ...body });
      if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${answer.text}`);
      return answer.body;
    },
  };
}

export const asKey = (encoded: string): string => `ApiKey ${encoded}`;
