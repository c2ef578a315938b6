import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { basic, call, must, type Json } from '../support/elasticsearch/http.ts';
import type { Endpoint } from '../support/elasticsearch/index.ts';
import { AGES, Certificates, type Issued } from '../support/workload/certificates.js';
import { startMesh, type Mesh, type MeshAnswer } from '../support/workload/mesh.js';
import { LONGEST_HOLD_MS } from './fake-envoy.js';

export const SHOP = 'spiffe://cluster.local/ns/shop';
export const ORDERS = `${SHOP}/sa/orders`;
export const BILLING = `${SHOP}/sa/billing`;
export const STRANGER = 'spiffe://cluster.local/ns/other/sa/stranger';

const PASSWORD = 'a-long-service-password-1';

export interface ProfileText extends Json {
  name: string;
}

/** A profile that ORDERS and BILLING may have; `changes` on top. */
export function profile(name: string, changes: Json = {}): ProfileText {
  return {
    name,
    role_descriptors: { writer: { indices: [{ names: ['logs-orders'], privileges: ['create_doc'] }] } },
    ttl: '15m',
    max_ttl: '1h',
    allow: [{ spiffe_pattern: `${SHOP}/sa/*` }],
    ...changes,
  };
}

export interface World {
  es: Endpoint;
  run: string;
  pki: Certificates;
  mesh: Mesh;
  admin: string;
  serviceUser: string;
  client(uri: string): Issued;
  /** Puts the file in place; `wait` until it is in force, or known to be bad. */
  write(profiles: readonly Json[] | string): void;
  path: string;
  env: Record<string, string>;
  ask(
    uri: string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Array<[string, string]>,
  ): Promise<MeshAnswer>;
  asAdmin(method: string, path: string, body?: unknown): Promise<{ status: number; json: Json; text: string }>;
  /** What Elasticsearch says to a key: 200 while it is alive. */
  use(encoded: string): Promise<number>;
  metric(pattern: RegExp): Promise<number>;
  audit(): Json[];
  another(env?: Record<string, string>): Promise<Mesh>;
  stop(): Promise<void>;
}

export interface WorldOptions {
  profiles: readonly Json[];
  env?: Record<string, string>;
  /** Cluster and index privileges of the service's role beside those of the profiles in `profile()`. */
  role?: Json;
  prefix?: string;
}

/** Latchkey with a mesh port in front of `es`, and a service user that has what the profiles of `profile()` need. */
export async function startWorld(
  es: Endpoint,
  { profiles, env = {}, role = {}, prefix = 'lk' }: WorldOptions,
): Promise<World> {
  const run = `${prefix}-${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;
  const serviceUser = `${run}-service`;
  await must(es, 'PUT', `/_security/role/${run}`, {
    cluster: ['manage_own_api_key'],
    indices: [{ names: ['logs-orders'], privileges: ['create_doc', 'read'] }],
    ...role,
  });
  await must(es, 'PUT', `/_security/user/${serviceUser}`, { password: PASSWORD, roles: [run] });
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-profiles-'));
  const path = join(folder, 'profiles.json');
  const write = (text: readonly Json[] | string): void =>
    writeFileSync(path, typeof text === 'string' ? text : JSON.stringify({ profiles: text }));
  write(profiles);
  const pki = new Certificates();
  pki.authority();
  const all = {
    LATCHKEY_PROFILES_FILE: path,
    LATCHKEY_PROFILES_RELOAD_MS: '100',
    LATCHKEY_CREDENTIALS_CHECK_MS: '200',
    LATCHKEY_SDS_HOLD_MS: String(LONGEST_HOLD_MS),
    ELASTICSEARCH_SERVICE_USERNAME: serviceUser,
    ELASTICSEARCH_SERVICE_PASSWORD: PASSWORD,
    ...env,
  };
  const mesh = await startMesh(es.url, pki, all);
  const clients = new Map<string, Issued>();
  const client = (uri: string): Issued => {
    const known = clients.get(uri) ?? pki.workload(uri, AGES);
    clients.set(uri, known);
    return known;
  };
  const admin = basic(es.username, es.password);
  const others: Mesh[] = [];
  return {
    es,
    run,
    pki,
    mesh,
    admin,
    serviceUser,
    client,
    write,
    path,
    env: all,
    ask: (uri, method, url, body, headers = []) => mesh.ask(client(uri), method, url, { body, headers }),
    asAdmin: async (method, url, body) => mesh.send(method, url, { body, headers: { authorization: admin } }),
    use: async (encoded) => (await call(es, 'GET', '/_security/_authenticate', undefined, `ApiKey ${encoded}`)).status,
    metric: async (pattern) => metricOf(await mesh.metrics(), pattern),
    audit: () =>
      mesh
        .log()
        .split('\n')
        .filter((line) => line.includes('"stream":"audit"'))
        .map((line) => JSON.parse(line) as Json),
    another: async (more = {}) => {
      const replica = await startMesh(es.url, pki, { ...all, ...more });
      others.push(replica);
      return replica;
    },
    stop: async () => {
      await Promise.all([mesh, ...others].map((one) => one.service.stop({ drainMs: 0 })));
      pki.remove();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Sum of the series whose line matches. */
export function metricOf(text: string, pattern: RegExp): number {
  return text
    .split('\n')
    .filter((line) => !line.startsWith('#') && pattern.test(line))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
