import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  basic,
  call,
  must,
  textAt,
  type Answer as ElasticsearchAnswer,
  type Json,
} from '../support/elasticsearch/http.ts';
import { createCallers, type Caller, type Callers, type Endpoint } from '../support/elasticsearch/index.ts';
import { startLatchkey, type Answer, type Latchkey } from '../support/service.js';

export const KEYS = '/v1/managed-keys';
export const READER = { reader: { indices: [{ names: ['logs-*'], privileges: ['read'] }] } };
const SERVICE_PASSWORD = 'service-password-1';

export type Who = Pick<Caller, 'authorization'>;

export interface Made {
  id: string;
  key: Answer['body'];
  encoded: string;
}

/** One Elasticsearch, callers of every class, Latchkey with an identity of its own and a template for `manageOwnApiKey`. */
export class Fixture {
  readonly run = `mk${Date.now().toString(36)}`;
  callers: Callers;
  latchkey: Latchkey;
  private readonly folder = mkdtempSync(join(tmpdir(), 'latchkey-managed-'));
  private count = 0;

  constructor(readonly es: Endpoint) {}

  async open(env: Record<string, string> = {}): Promise<void> {
    this.callers = await createCallers(this.es, this.run);
    await this.makeUser(this.serviceUsername, ['manage_api_key', 'monitor'], SERVICE_PASSWORD);
    this.latchkey = await this.start(env);
  }

  async close(): Promise<void> {
    await this.latchkey.stop();
    rmSync(this.folder, { recursive: true });
  }

  get serviceUsername(): string {
    return `${this.run}-latchkey`;
  }

  get template(): string {
    return `${this.run}-template`;
  }

  /** A replica. `''` in `env` takes a setting away. */
  start(env: Record<string, string> = {}): Promise<Latchkey> {
    const file = join(this.folder, `policy-${++this.count}.json`);
    writeFileSync(file, JSON.stringify(this.policy()));
    const all = {
      ELASTICSEARCH_SERVICE_USERNAME: this.serviceUsername,
      ELASTICSEARCH_SERVICE_PASSWORD: SERVICE_PASSWORD,
      LATCHKEY_MANAGED_KEYS_FILE: file,
      LATCHKEY_KEY_WATCH_INTERVAL_MS: '400',
      LATCHKEY_DOCS_ENABLED: 'false',
      ...env,
    };
    return startLatchkey(this.es.url, Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')));
  }

  policy(): Json {
    const { username, realm } = this.callers.manageOwnApiKey;
    return {
      managers: [
        {
          label: `${this.run} platform`,
          owner: 'team-platform',
          consequence: 'The platform stops.',
          match: { name_prefix: `${this.run}-platform/` },
        },
      ],
      templates: [
        { name: this.template, role_descriptors: READER, max_lifetime: '2d', allow: [{ username, realm }] },
        {
          name: `${this.run}-other`,
          role_descriptors: READER,
          max_lifetime: '2d',
          allow: [{ username: 'somebody-else', realm }],
        },
      ],
    };
  }

  name(what = 'key'): string {
    return `${this.run}-${what}-${++this.count}`;
  }

  send(
    who: Who | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
    through: Latchkey = this.latchkey,
  ): Promise<Answer> {
    return through.call(method, path, {
      ...(who && { authorization: who.authorization }),
      ...(body !== undefined && { body }),
      ...(headers && { headers }),
    });
  }

  create(who: Who, body: Json = {}, headers?: Record<string, string>): Promise<Answer> {
    return this.send(
      who,
      'POST',
      KEYS,
      { name: this.name(), managed_by: 'platform', owner: 'team-orders', purpose: 'Writing orders', ...body },
      headers,
    );
  }

  async make(who: Who, body: Json = {}): Promise<Made> {
    const answer = await this.create(who, body);
    if (answer.status !== 201) throw new Error(`not created: ${answer.status} ${answer.text}`);
    return { id: answer.body.key.id, key: answer.body.key, encoded: answer.body.secret.encoded };
  }

  async get(who: Who, id: string): Promise<Answer['body']> {
    return (await this.send(who, 'GET', `${KEYS}/${id}`)).body;
  }

  // ---- Elasticsearch itself

  elasticsearch(who: Who, method: string, path: string, body?: Json): Promise<ElasticsearchAnswer> {
    return call(this.es, method, path, body, who.authorization);
  }

  async lives(encoded: string): Promise<boolean> {
    return (
      (await this.elasticsearch({ authorization: `ApiKey ${encoded}` }, 'GET', '/_security/_authenticate')).status ===
      200
    );
  }

  /** A key straight from Elasticsearch, as other software makes it. */
  async makeDirectly(body: Json, who?: Who): Promise<{ id: string; encoded: string }> {
    const made = await must(this.es, 'POST', '/_security/api_key?refresh=true', body, who?.authorization);
    return { id: textAt(made, 'id'), encoded: textAt(made, 'encoded') };
  }

  /** As Kibana makes the key of an alerting rule: granted to a user by the identity of Kibana. */
  async grant(username: string, password: string, name: string): Promise<{ id: string; encoded: string }> {
    const made = await must(this.es, 'POST', '/_security/api_key/grant?refresh=true', {
      grant_type: 'password',
      username,
      password,
      api_key: { name, role_descriptors: {}, metadata: { managed: true, kibana: { type: 'alerting_rule' } } },
    });
    return { id: textAt(made, 'id'), encoded: textAt(made, 'encoded') };
  }

  /** The key as Elasticsearch has it. */
  async raw(id: string): Promise<Json> {
    const { api_keys: keys } = await must(this.es, 'GET', `/_security/api_key?id=${id}&with_limited_by=true`);
    return (keys as Json[])[0] ?? {};
  }

  async makeUser(
    username: string,
    cluster: string[],
    password = 'user-password-1',
    indices: Json[] = [{ names: ['logs-*'], privileges: ['read'] }],
  ): Promise<Who & { username: string }> {
    await must(this.es, 'PUT', `/_security/role/${username}`, { cluster, indices });
    await must(this.es, 'PUT', `/_security/user/${username}`, { password, roles: [username] });
    return { username, authorization: basic(username, password) };
  }
}

export function codeOf({ status, body }: Answer): string {
  return body?.code === undefined ? String(status) : `${status} ${body.code}`;
}
