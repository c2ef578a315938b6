import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  createCallers,
  type Caller,
  type Callers,
  type Endpoint,
  type License,
} from '../support/elasticsearch/index.ts';
import {
  basic,
  call,
  must,
  textAt,
  type Answer as ElasticsearchAnswer,
  type Json,
} from '../support/elasticsearch/http.ts';
import { startLatchkey, type Answer, type Latchkey } from '../support/service.js';

export const KEYS = '/v1/user-keys';
export const UNKNOWN_ID = 'AAAAAAAAAAAAAAAAAAAA';

/** What the suite runs against: where Elasticsearch answers, and which one it is. */
export interface ConformanceTarget {
  version: '9.5.3' | '8.19.21';
  es: () => Endpoint;
  license?: License;
  /** Settings of Latchkey for this target. */
  settings?: Record<string, string>;
}

export interface Created {
  id: string;
  key: Answer['body'];
  /** As it goes after `ApiKey `. */
  encoded: string;
  apiKey: string;
  headers: Headers;
}

/** Who sends a call: only the credential matters. */
export type Sender = Pick<Caller, 'authorization'>;

export interface Owner extends Sender {
  username: string;
  realm: string;
}

/** One Elasticsearch, Latchkey before it, and a user of every class. Filled by `open`, which `beforeAll` calls. */
export class World {
  latchkey: Latchkey;
  callers: Callers;
  /** In every name that this run makes, since others may use the same node. */
  readonly prefix = `lk${randomBytes(3).toString('hex')}`;
  private names = 0;

  constructor(readonly target: ConformanceTarget) {}

  get es(): Endpoint {
    return this.target.es();
  }

  async open(): Promise<void> {
    [this.callers, this.latchkey] = await Promise.all([
      createCallers(this.es, this.prefix),
      startLatchkey(this.es.url, this.target.settings),
    ]);
  }

  async close(): Promise<void> {
    await this.latchkey?.stop();
  }

  name(what: string): string {
    return `${this.prefix}-${what}-${++this.names}`;
  }

  /** A user of this run's own with `privileges`, for what counts or lists all of somebody's keys. */
  async newOwner(what: string, cluster: string[] = ['manage_own_api_key']): Promise<Owner> {
    const username = this.name(what);
    await must(this.es, 'PUT', `/_security/role/${username}`, {
      cluster,
      indices: [{ names: ['logs-*'], privileges: ['read'] }],
    });
    await must(this.es, 'PUT', `/_security/user/${username}`, { password: 'owner-password-1', roles: [username] });
    return { username, realm: this.callers.manageOwnApiKey.realm, authorization: basic(username, 'owner-password-1') };
  }

  send(
    who: Sender | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer> {
    return this.latchkey.call(method, path, {
      ...(who && { authorization: who.authorization }),
      ...(body !== undefined && { body }),
      ...(headers && { headers }),
    });
  }

  /** Sends and requires success. */
  async ok(
    who: Sender,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer> {
    const answer = await this.send(who, method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer;
  }

  async create(who: Sender, body: Json = {}, query = ''): Promise<Created> {
    const answer = await this.ok(who, 'POST', `${KEYS}${query}`, { name: this.name('key'), ...body });
    const { key, secret } = answer.body;
    return { id: key.id, key, encoded: secret.encoded, apiKey: secret.api_key, headers: answer.headers };
  }

  createMany(who: Sender, count: number, body: Json = {}): Promise<Created[]> {
    return Promise.all(Array.from({ length: count }, () => this.create(who, body)));
  }

  async get(who: Sender, id: string): Promise<Answer['body']> {
    return (await this.ok(who, 'GET', `${KEYS}/${id}`)).body;
  }

  async list(who: Sender, query: Record<string, string | number>): Promise<Answer['body']> {
    const texts = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
    return (await this.ok(who, 'GET', `${KEYS}?${new URLSearchParams(texts)}`)).body;
  }

  /** Names of what a list answers. */
  async listNames(who: Sender, query: Record<string, string | number>): Promise<string[]> {
    return (await this.list(who, query)).items.map(({ name }: { name: string }) => name);
  }

  // ---- Elasticsearch itself, without Latchkey

  elasticsearch(who: Sender, method: string, path: string, body?: Json): Promise<ElasticsearchAnswer> {
    return call(this.es, method, path, body, who.authorization);
  }

  /** What Elasticsearch says to somebody who comes with the key: 200, or 401 once it is dead. */
  async authenticate(encoded: string): Promise<ElasticsearchAnswer> {
    return this.elasticsearch({ authorization: `ApiKey ${encoded}` }, 'GET', '/_security/_authenticate');
  }

  async authenticates(encoded: string): Promise<boolean> {
    const { status, text } = await this.authenticate(encoded);
    if (status !== 200 && status !== 401) throw new Error(`_authenticate: ${status} ${text}`);
    return status === 200;
  }

  /** A key made at Elasticsearch directly, so that it can be one that Latchkey would not make. */
  async createDirectly(who: Sender, body: Json): Promise<{ id: string; encoded: string }> {
    const made = await must(
      this.es,
      'POST',
      '/_security/api_key?refresh=true',
      { name: this.name('direct'), ...body },
      who.authorization,
    );
    return { id: textAt(made, 'id'), encoded: textAt(made, 'encoded') };
  }

  async createCrossCluster(): Promise<string> {
    const body = { name: this.name('cross-cluster'), access: { search: [{ names: ['logs-*'] }] } };
    return textAt(
      await must(this.es, 'POST', '/_security/cross_cluster/api_key', body, this.callers.superuser.authorization),
      'id',
    );
  }

  /** Key of the three forms that mark one as managed by software. */
  createManaged(who: Sender): Promise<Array<{ id: string; encoded: string }>> {
    return Promise.all([
      this.createDirectly(who, { metadata: { managed: true } }),
      this.createDirectly(who, { metadata: { managed: 'true' } }),
      this.createDirectly(who, { name: `Alerting: ${this.name('rule')}` }),
    ]);
  }

  /** By Elasticsearch's own answer to GET. */
  async invalidatedAtElasticsearch(id: string): Promise<boolean> {
    const { api_keys: keys } = await must(this.es, 'GET', `/_security/api_key?id=${id}`);
    return (keys as Array<{ invalidated: boolean }>)[0]?.invalidated ?? true;
  }

  /** A key whose time is over. */
  async createExpired(who: Sender, body: Json = {}): Promise<Created> {
    const created = await this.create(who, { ...body, expiration: '1s' });
    await sleep(created.key.expiration - Date.now() + 150);
    return created;
  }
}

/** Checks that the answer is the problem document for `code`, and answers it. */
export function expectProblem(answer: Answer, status: number, code: string): Answer['body'] {
  expect({ status: answer.status, code: answer.body?.code }).toEqual({ status, code });
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    type: `urn:latchkey:problem:${code}`,
    status,
    title: expect.any(String),
    detail: expect.any(String),
  });
  expect(answer.body.request_id).toBe(answer.headers.get('x-request-id'));
  return answer.body;
}

/** Checks that the answer is a 400 that names exactly the place `pointer`. */
export function expectRefusedAt(answer: Answer, pointer: string): void {
  const { errors } = expectProblem(answer, 400, 'request.invalid');
  expect(errors.map((error: { pointer: string }) => error.pointer)).toEqual([pointer]);
}
