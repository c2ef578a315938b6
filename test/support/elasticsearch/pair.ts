import { spawn } from 'node:child_process';
import { join as joinPath } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { call, must, objectAt, type Json } from './http.ts';
import { jars, startJarsNode, type JarsNode } from './jars.ts';
import { issueCertificate, makeAuthority, type Authority } from './signing.ts';
import { ElasticsearchUnavailable, type ElasticsearchTarget, type RunningElasticsearch } from './types.ts';

const CONNECT_LIMIT_MS = 300_000;
const POLL_MS = 200;
const ADDRESS_LIMIT_MS = 300_000;

interface JoinOptions {
  /** The name `remote` has on `local`; default "alpha". */
  alias?: string;
  /** Default false: a refused key is then an error of the search. With true it is a 200 without hits. */
  skipUnavailable?: boolean;
}

/** Two clusters of one node each. `remote` has the data and the keys; `local` searches it as alpha:INDEX. */
export interface Pair {
  remote: RunningElasticsearch;
  local: RunningElasticsearch;
  /** Where `remote` takes calls of other clusters, HOST:PORT. */
  remoteClusterAddress: string;
  /** Gives `local` the "encoded" of a cross-cluster key and connects it. Throws when `remote` does not let it in. */
  join(encoded: string, options?: JoinOptions): Promise<void>;
  /** Replaces the key of a joined alias, as an operator does: keystore, then reload. It acts from the next search. */
  rotate(encoded: string, alias?: string): Promise<void>;
  /**
   * From now `local` signs its requests with a fresh certificate of this subject (/O=Org/OU=search/CN=local), issued by
   * the authority that trustSigner makes known, or by a stranger. null stops it. 9.3 or later; needs openssl.
   */
  signRequestsAs(subject: string | null, options?: { alias?: string; issuer?: 'known' | 'stranger' }): Promise<void>;
  /** Whether `remote` trusts the "known" authority; at the start it does not. */
  trustSigner(trusted: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Why no pair can run here; undefined = it can. Pairs come from jars only: their key stores must be written. */
export function whyPairUnavailable(version: string): Promise<string | undefined> {
  return jars.whyUnavailable({ version, license: 'trial' }, {});
}

/** Starts two nodes, not joined. Both end with this process. */
export async function startPair(wanted: { version: string; localVersion?: string }): Promise<Pair> {
  const target: ElasticsearchTarget = { version: wanted.version, license: 'trial' };
  const reason = await whyPairUnavailable(wanted.version);
  if (reason !== undefined) throw new ElasticsearchUnavailable(target, { jars: reason });
  const [remote, local] = await startBoth(
    startJarsNode(target, {
      settings: {
        'cluster.name': 'remote',
        'remote_cluster_server.enabled': 'true',
        'remote_cluster.port': '0',
        'xpack.security.remote_cluster_server.ssl.enabled': 'false',
      },
    }),
    startJarsNode(
      { version: wanted.localVersion ?? wanted.version, license: 'trial' },
      { settings: { 'cluster.name': 'local', 'xpack.security.remote_cluster_client.ssl.enabled': 'false' } },
    ),
  );
  const line = await remote.waitForLog(/profile \[_remote_cluster\]: publish_address \{([^}]+)\}/, ADDRESS_LIMIT_MS);
  return pairOf(remote, local, line[1] ?? '');
}

async function startBoth(...starting: [Promise<JarsNode>, Promise<JarsNode>]): Promise<[JarsNode, JarsNode]> {
  try {
    return await Promise.all(starting);
  } catch (error) {
    await Promise.allSettled(starting.map(async (node) => (await node).stop()));
    throw error;
  }
}

function pairOf(remote: JarsNode, local: JarsNode, remoteClusterAddress: string): Pair {
  const authorities = new Map<string, Promise<Authority>>();
  const authority = (name: 'known' | 'stranger'): Promise<Authority> => {
    const made = authorities.get(name) ?? makeAuthority(remote.configFolder, name);
    authorities.set(name, made);
    return made;
  };

  return {
    remote,
    local,
    remoteClusterAddress,

    async join(encoded, { alias = 'alpha', skipUnavailable = false } = {}) {
      await setCredential(local, alias, encoded);
      const prefix = `cluster.remote.${alias}`;
      await putSettings(local, {
        [`${prefix}.mode`]: 'proxy',
        [`${prefix}.proxy_address`]: remoteClusterAddress,
        [`${prefix}.skip_unavailable`]: skipUnavailable,
      });
      await waitUntilConnected(local, alias);
    },

    rotate: (encoded, alias = 'alpha') => setCredential(local, alias, encoded),

    async signRequestsAs(subject, { alias = 'alpha', issuer = 'known' } = {}) {
      const prefix = `cluster.remote.${alias}.signing`;
      if (subject === null) return putSettings(local, { [`${prefix}.*`]: null });
      const files = await issueCertificate(await authority(issuer), subject, local.configFolder);
      return putSettings(local, { [`${prefix}.certificate`]: files.certificate, [`${prefix}.key`]: files.key });
    },

    async trustSigner(trusted) {
      const files = trusted ? [(await authority('known')).certificate] : null;
      await putSettings(remote, { 'cluster.remote.signing.certificate_authorities': files });
    },

    async stop() {
      await Promise.all([remote.stop(), local.stop()]);
    },
  };
}

async function putSettings(node: RunningElasticsearch, persistent: Json): Promise<void> {
  await must(node, 'PUT', '/_cluster/settings', { persistent });
}

async function setCredential(node: JarsNode, alias: string, encoded: string): Promise<void> {
  await writeSecret(node, `cluster.remote.${alias}.credentials`, encoded);
  const answer = await must(node, 'POST', '/_nodes/reload_secure_settings', {});
  const text = JSON.stringify(answer);
  if (text.includes('reload_exception')) throw new Error(`the secure settings were not reloaded: ${text}`); // with status 200
}

/** The secret goes by stdin, so that it is in no process list. */
async function writeSecret({ jdk, cache, configFolder }: JarsNode, name: string, value: string): Promise<void> {
  const classes = `${joinPath(cache, 'lib', '*')}:${joinPath(cache, 'launcher')}`;
  const tool = spawn(joinPath(jdk.home, 'bin', 'java'), ['-cp', classes, 'KeystoreTool', configFolder, 'set', name], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  tool.stderr.on('data', (part: Buffer) => (said += part.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    tool.once('error', reject).once('close', resolve);
    tool.stdin.end(value);
  });
  if (code !== 0) throw new Error(`the key store was not written: ${said}`);
}

async function waitUntilConnected(local: RunningElasticsearch, alias: string): Promise<void> {
  const deadline = Date.now() + CONNECT_LIMIT_MS;
  for (;;) {
    const info = await must(local, 'GET', '/_remote/info');
    if (objectAt(info, alias)['connected'] === true) return;
    // An unconnected alias connects when it is used; what it answers tells why it does not.
    const answer = await call(local, 'GET', `/_resolve/cluster/${alias}:*`);
    const error = objectAt(answer.body, alias)['error'];
    if (typeof error === 'string' && /api ?key|authenticat/i.test(error))
      throw new Error(`remote refuses the key: ${error}`);
    if (Date.now() > deadline) throw new Error(`${alias} is not connected: ${answer.text}`);
    await pause(POLL_MS);
  }
}
