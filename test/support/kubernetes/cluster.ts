import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startLogged } from '../elasticsearch/node-process.ts';
import { apiServerBinary } from './binary.ts';

interface ApiAnswer {
  status: number;
  /** What kubectl would print as warnings. */
  warnings: string[];
  body: ReturnType<typeof JSON.parse>;
}

/** A Kubernetes API server of its own, on 127.0.0.1, without nodes: objects are checked and stored, nothing runs. */
export interface Cluster {
  url: string;
  /** Issuer of its service-account tokens. */
  issuer: string;
  caFile: string;
  /** Path of a kubeconfig of the administrator. */
  kubeconfig: string;
  /** A request as the administrator. */
  api(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** As `api`, and throws unless the answer is a success. */
  ok(method: string, path: string, body?: unknown): Promise<ApiAnswer['body']>;
  stop(): Promise<void>;
}

export async function startCluster(): Promise<Cluster> {
  const binary = await apiServerBinary();
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-kube-'));
  const path = (name: string): string => join(folder, name);
  const issuer = 'https://kubernetes.default.svc.cluster.local';
  const token = randomBytes(24).toString('hex');
  const port = await freePort();
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  mkdirSync(path('pki'));
  writeFileSync(path('signing.key'), privateKey);
  writeFileSync(path('signing.pub'), publicKey);
  writeFileSync(path('tokens.csv'), `${token},admin,admin,system:masters\n`);
  const flags = {
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': path('pki'),
    'service-account-issuer': issuer,
    'service-account-signing-key-file': path('signing.key'),
    'service-account-key-file': path('signing.pub'),
    'service-cluster-ip-range': '10.0.0.0/24',
    'authorization-mode': 'RBAC',
    'token-auth-file': path('tokens.csv'),
  };
  const server = startLogged(
    binary,
    [path('etcd'), ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`)],
    process.env,
    path('log'),
  );
  const url = `https://127.0.0.1:${port}`;
  // The server signs its certificate itself, when it starts.
  const caFile = path('pki/apiserver.crt');
  const api: Cluster['api'] = async (method, where, body) =>
    call(`${url}${where}`, method, readFileSync(caFile, 'utf8'), token, body);
  const stop = async (): Promise<void> => {
    await server.end();
    rmSync(folder, { recursive: true, force: true });
  };
  for (; ; await pause(200)) {
    if ((await api('GET', '/readyz').catch(() => undefined))?.status === 200) break;
    if (server.ended() !== undefined) {
      const tail = server.logTail();
      await stop();
      throw new Error(`the Kubernetes API server did not get ready:\n${tail}`);
    }
  }
  writeFileSync(path('kubeconfig'), JSON.stringify(kubeconfigOf(url, caFile, token)), { mode: 0o600 });
  return {
    url,
    issuer,
    caFile,
    kubeconfig: path('kubeconfig'),
    api,
    stop,
    async ok(method, where, body) {
      const answer = await api(method, where, body);
      if (answer.status >= 300) throw new Error(`${method} ${where}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
  };
}

function call(url: string, method: string, ca: string, token: string, body: unknown): Promise<ApiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  };
  const outgoing = request(url, { method, ca, headers, agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => (text += chunk));
    response.on('error', reject);
    response.on('end', () =>
      resolve({
        status: response.statusCode ?? 0,
        warnings: response.headersDistinct['warning'] ?? [],
        body: text.startsWith('{') ? JSON.parse(text) : text,
      }),
    );
  });
  outgoing.on('error', reject);
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

function kubeconfigOf(server: string, caFile: string, token: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': caFile } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  };
}

/** A port that was free a moment ago: the server takes no "any". */
async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => probe.close(() => resolve()));
  return port;
}
