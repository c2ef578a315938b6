import { randomBytes } from 'node:crypto';
import { ServiceError } from '../errors/service-error.js';
import { isRecord, stringAt } from '../json/json-record.js';
import { Secret } from '../redaction/secret.js';
import type { Upstream } from './upstream.js';

/**
 * What Elasticsearch knows of a key at this moment. `alive` is said of an expired key as well: a wrong secret is refused
 * before the expiration is looked at.
 */
export type KeyLife = 'alive' | 'invalidated' | 'unknown';

/** The random part of a credential has 22 characters of base64url. */
const SECRET_BYTES = 16;
/** A key that is alive costs Elasticsearch a hash, so many are asked for in turns. */
const AT_ONCE = 20;

/**
 * Asks whether a key is alive, in real time. Lists are searches and may be a second old; an authentication reads the key
 * by its id, so one with a wrong secret tells what the key is now, within milliseconds. Measured on 9.5.3, 8.19.21 and
 * three nodes (docs/elasticsearch-notes.md). Each look is a failed authentication in Elasticsearch's own audit log.
 */
export class KeyProbe {
  constructor(
    private readonly upstream: Upstream,
    private readonly timeoutMs: number,
  ) {}

  /** @throws ServiceError `upstream.*`. */
  async look(id: string): Promise<KeyLife> {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const { status, body } = await this.upstream.exchange({
      endpoint: 'probe_key',
      method: 'GET',
      path: '/_security/_authenticate',
      credential: { authorization: new Secret(`ApiKey ${Buffer.from(`${id}:${secret}`).toString('base64')}`) },
      timeoutMs: this.timeoutMs,
      retry: true,
      answers: [401],
    });
    if (status !== 401) throw unreadable();
    return lifeIn(body, id);
  }

  /** Which of these keys are alive at this moment. @throws ServiceError */
  async living(ids: readonly string[]): Promise<string[]> {
    const alive: string[] = [];
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const some = ids.slice(at, at + AT_ONCE);
      const lives = await Promise.all(some.map((id) => this.look(id)));
      alive.push(...some.filter((_, index) => lives[index] === 'alive'));
    }
    return alive;
  }
}

/** The texts are Elasticsearch's own (ApiKeyService.java) and the same on 8.19 and 9.x. */
function lifeIn(body: unknown, id: string): KeyLife {
  const error = isRecord(body) && isRecord(body['error']) ? body['error'] : {};
  const text = `${stringAt(error, 'additional_unsuccessful_credentials') ?? ''} ${stringAt(error, 'reason') ?? ''}`;
  if (text.includes(`[${id}] has been invalidated`)) return 'invalidated';
  if (text.includes(`unable to find apikey with id ${id}`)) return 'unknown';
  if (text.includes(`invalid credentials for API key [${id}]`)) return 'alive';
  throw unreadable();
}

function unreadable(): ServiceError {
  return new ServiceError('upstream.invalid', 'Elasticsearch did not say whether the key is alive.');
}
