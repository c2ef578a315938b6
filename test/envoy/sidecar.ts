import type { Json } from '../support/elasticsearch/http.ts';
import { ConfigFolder } from '../support/envoy/config.js';
import { startEnvoy, until, type RunningEnvoy } from '../support/envoy/index.js';
import type { Mesh } from '../support/workload/mesh.js';
import type { World } from '../credentials/world.js';

interface Authenticated {
  status: number;
  /** Id of the key that Elasticsearch has seen; undefined when it has seen none that is alive. */
  keyId?: string;
  text: string;
}

export interface Sidecar {
  envoy: RunningEnvoy;
  /** What Elasticsearch answers to an application that asks who it is, through this Envoy. */
  authenticate(headers?: Record<string, string>): Promise<Authenticated>;
  /** Answers of Latchkey to the polls so far, by status. */
  polls(status: number): Promise<number>;
  stop(): Promise<void>;
}

export interface SidecarOptions {
  profile: string;
  /** What its certificate says. */
  uri: string;
  /** Shown in place of a certificate, to the API port, which then must speak TLS. */
  token?: string;
  latchkey?: Mesh;
  /** In place of the mesh port. */
  port?: number;
  /** What is changed in the printed bootstrap. */
  edit?: (bootstrap: string) => string;
}

let count = 0;

/** An Envoy with the files that Latchkey prints for the profile, a certificate of its own and Elasticsearch behind it. */
export async function startSidecar(world: World, options: SidecarOptions): Promise<Sidecar> {
  const { profile, edit = (text) => text } = options;
  const folder = new ConfigFolder();
  const es = new URL(world.es.url);
  const all: Record<string, string> = {
    node_id: `sidecar-${++count}`,
    node_cluster: 'shop',
    latchkey_host: 'localhost',
    ...(options.token === undefined ? byCertificate(world, options, folder) : byToken(world, options, folder)),
    elasticsearch_host: es.hostname,
    elasticsearch_port: es.port,
    elasticsearch_tls: 'false',
    listener_port: '0',
    admin_port: '0',
    config_folder: folder.path,
  };
  const printed = async (part: string): Promise<string> => {
    const { status, text } = await world.asAdmin(
      'GET',
      `/v1/credentials/${profile}/envoy-config?${new URLSearchParams({ ...all, part }).toString()}`,
    );
    if (status !== 200) throw new Error(`envoy-config: ${status} ${text}`);
    return text;
  };
  for (const part of options.token === undefined ? ['certificate', 'authorities'] : ['token', 'authorities'])
    folder.write(`${part}.yaml`, await printed(part));
  const envoy = await startEnvoy(folder.write('envoy.yaml', edit(await printed('bootstrap'))));
  return {
    envoy,
    authenticate: async (headers = {}) => authenticate(await envoy.listener('to_elasticsearch'), headers),
    polls: async (status) =>
      Number(
        (await envoy.stats(new RegExp(`^cluster\\.latchkey\\.upstream_rq_${status}$`)))[
          `cluster.latchkey.upstream_rq_${status}`
        ] ?? 0,
      ),
    stop: async () => {
      await envoy.stop();
      folder.remove();
    },
  };
}

function byCertificate(
  world: World,
  { uri, latchkey = world.mesh, port }: SidecarOptions,
  folder: ConfigFolder,
): Record<string, string> {
  const { cert, key } = world.client(uri);
  return {
    latchkey_port: String(port ?? new URL(latchkey.meshUrl).port),
    certificate_file: folder.write('identity/tls.crt', cert),
    key_file: folder.write('identity/tls.key', key),
    authorities_file: folder.write('identity/ca.crt', world.pki.read('ca.pem')),
  };
}

function byToken(
  world: World,
  { token = '', latchkey = world.mesh }: SidecarOptions,
  folder: ConfigFolder,
): Record<string, string> {
  return {
    identity: 'token',
    latchkey_port: String(latchkey.port),
    token_file: folder.write('identity/token', token),
    authorities_file: folder.write('identity/ca.crt', world.pki.read('ca.pem')),
  };
}

/** Waits for an answer of this status to a poll. */
export async function answered(sidecar: Sidecar, status: number, limitMs = 10_000): Promise<void> {
  await until(limitMs, `poll answered ${status}`, async () => ((await sidecar.polls(status)) > 0 ? true : undefined));
}

async function authenticate(url: string, headers: Record<string, string>): Promise<Authenticated> {
  const answer = await fetch(`${url}/_security/_authenticate`, { headers });
  const text = await answer.text();
  return {
    status: answer.status,
    text,
    ...(answer.status === 200 && {
      keyId: ((JSON.parse(text) as Json)['api_key'] as Json | undefined)?.['id'] as string,
    }),
  };
}

export interface Counted extends Authenticated {
  atMs: number;
  doneMs: number;
}

/** Requests at a steady rate, each answer counted, whatever becomes of it. */
export function startLoad(sidecar: Sidecar, perSecond: number): { stop(): Promise<Counted[]> } {
  const pending: Array<Promise<Counted>> = [];
  const startMs = Date.now();
  const send = async (): Promise<Counted> => {
    const atMs = Date.now();
    const answer = await sidecar.authenticate().catch((error: unknown) => ({ status: 0, text: String(error) }));
    return { ...answer, atMs, doneMs: Date.now() };
  };
  // A timer that is late makes up for it, so that the rate is kept.
  const timer = setInterval(() => {
    while (pending.length < ((Date.now() - startMs) / 1000) * perSecond) pending.push(send());
  }, 500 / perSecond);
  return {
    stop: () => {
      clearInterval(timer);
      return Promise.all(pending);
    },
  };
}
