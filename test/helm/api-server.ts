import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tools, type Json } from './support.ts';

const START_MS = 60_000;
const TOKEN = 'latchkey-test-admin';

export interface Answer {
  status: number;
  /** What kubectl would print as warnings. */
  warnings: string[];
  body: Json;
}

/** A real kube-apiserver with etcd inside. No kubelet and no controllers: objects are checked and stored, pods do not run. */
export class ApiServer implements AsyncDisposable {
  private readonly folder: string;
  private readonly port: number;
  private readonly child: ChildProcess;

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.folder = folder;
    this.port = port;
    this.child = child;
  }

  static async start(): Promise<ApiServer> {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-apiserver-'));
    const at = (name: string): string => join(folder, name);
    const keys = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs1', format: 'pem' } });
    writeFileSync(at('sa.pub'), keys.publicKey);
    writeFileSync(at('sa.key'), keys.privateKey, { mode: 0o600 });
    writeFileSync(at('tokens.csv'), `${TOKEN},admin,admin,system:masters\n`, { mode: 0o600 });
    const port = await freePort();
    const child = spawn(
      tools['kube-apiserver'],
      [
        at('etcd'),
        `--secure-port=${port}`,
        '--bind-address=127.0.0.1',
        '--advertise-address=127.0.0.1',
        `--cert-dir=${folder}`,
        `--service-account-key-file=${at('sa.pub')}`,
        `--service-account-signing-key-file=${at('sa.key')}`,
        '--service-account-issuer=https://kubernetes.default.svc',
        `--token-auth-file=${at('tokens.csv')}`,
        '--authorization-mode=RBAC',
        '--service-cluster-ip-range=10.0.0.0/24',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const log = createWriteStream(at('log'));
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    const server = new ApiServer(folder, port, child);
    try {
      await server.ready();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** Path of a kubeconfig for the administrator. */
  kubeconfig(): string {
    const path = join(this.folder, 'kubeconfig');
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: `https://127.0.0.1:${this.port}`, 'certificate-authority': join(this.folder, 'apiserver.crt') } }],
      users: [{ name: 'admin', user: { token: TOKEN } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
      'current-context': 'test',
    };
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }

  /** @param body an object, or YAML as it is. */
  async call(method: string, path: string, body?: Json): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const outgoing = request(
      {
        host: '127.0.0.1',
        port: this.port,
        method,
        path,
        ca: readFileSync(join(this.folder, 'apiserver.crt')),
        headers: { authorization: `Bearer ${TOKEN}`, accept: 'application/json', 'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json' },
      },
      (response) => {
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
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
    return promise;
  }

  /** @param yaml a CustomResourceDefinition; returns when its kind is served. */
  async define(yaml: string): Promise<void> {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const { status, body } = await this.call('POST', path, yaml);
    if (status !== 201) throw new Error(`a definition was refused: ${JSON.stringify(body)}`);
    const { group, names, versions } = body.spec;
    for (const started = Date.now(); Date.now() - started < START_MS; await sleep(50)) {
      const answers = await Promise.all(versions.filter(({ served }: Json) => served).map(({ name }: Json) => this.call('GET', `/apis/${group}/${name}/${names.plural}`)));
      if (answers.every((answer) => answer.status === 200)) return;
    }
    throw new Error(`${body.metadata.name} is not served`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      this.child.kill('SIGKILL');
      await once(this.child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async ready(): Promise<void> {
    for (const started = Date.now(); Date.now() - started < START_MS; await sleep(100)) {
      if (this.child.exitCode !== null) break;
      const answer = await this.call('GET', '/readyz').catch(() => undefined);
      if (answer?.status === 200) return;
    }
    throw new Error(`kube-apiserver did not start: ${readFileSync(join(this.folder, 'log'), 'utf8').slice(-2000)}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
