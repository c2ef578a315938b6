import './probe.js';
import { Agent, request, type RequestOptions } from 'node:https';
import { mustBeDocumented } from '../documented.js';
import { startUnderTest, type ServiceUnderTest } from '../fault-service.js';
import { AGES, type Certificates, type Issued } from './certificates.js';

const TRUST_DOMAIN = 'cluster.local';
export const ORDERS = `spiffe://${TRUST_DOMAIN}/ns/shop/sa/orders`;
export const FRONT = `spiffe://${TRUST_DOMAIN}/ns/platform/sa/front`;

export interface MeshAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- JSON of unknown shape
  body: any;
}

interface MeshCall {
  /** Raw name-value pairs, so that one can be sent twice. */
  headers?: Array<[string, string]>;
  body?: unknown;
  agent?: Agent;
  tls?: RequestOptions;
}

export interface Mesh extends ServiceUnderTest {
  meshUrl: string;
  /** A request with this client certificate, by default on a connection of its own. */
  ask(client: Issued | undefined, method?: string, path?: string, call?: MeshCall): Promise<MeshAnswer>;
}

/** Latchkey with a mesh port, whose server certificate and client authority is the authority `ca` of `pki`. */
export async function startMesh(
  elasticsearch: string,
  pki: Certificates,
  env: Record<string, string> = {},
): Promise<Mesh> {
  const server = pki.issue({ san: ['DNS.1 = localhost', 'IP.1 = 127.0.0.1'], ...AGES });
  const latchkey = await startUnderTest(elasticsearch, {
    LATCHKEY_MESH_PORT: '0',
    LATCHKEY_TLS_CERT_FILE: pki.write('server.pem', server.cert),
    LATCHKEY_TLS_KEY_FILE: pki.write('server.key', server.key),
    LATCHKEY_MESH_CLIENT_CA_FILE: pki.path('ca.pem'),
    LATCHKEY_MESH_TRUST_DOMAINS: TRUST_DOMAIN,
    LATCHKEY_RATE_MESH_PER_SECOND: '0',
    ...env,
  });
  const meshUrl = latchkey.service.meshUrl ?? '';
  return {
    ...latchkey,
    meshUrl,
    ask: (client, method = 'GET', path = '/v1/probe', call = {}) =>
      ask(`${meshUrl}${path}`, method, { ca: pki.read('ca.pem'), ...client }, call),
  };
}

function ask(url: string, method: string, tls: RequestOptions, call: MeshCall): Promise<MeshAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<MeshAnswer>();
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const own = new Agent({ keepAlive: false });
  const headers = [
    'host',
    new URL(url).host,
    ...(body === undefined
      ? []
      : ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(body))]),
    ...(call.headers ?? []).flat(),
  ];
  const outgoing = request(
    url,
    { method, agent: call.agent ?? own, ...tls, ...call.tls, headers: headers },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('error', reject);
      response.on('end', () => {
        own.destroy();
        const answer = {
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: text === '' ? undefined : JSON.parse(text),
        };
        try {
          mustBeDocumented(method, url, answer.status, answer.body);
          resolve(answer);
        } catch (error) {
          reject(error);
        }
      });
    },
  );
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}
