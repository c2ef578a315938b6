import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOGS } from './fixture.ts';
import { expectProblem, KEYS, startLatchkey, type Latchkey } from './latchkey.ts';

const JANE = `Basic ${Buffer.from('jane:wonderland').toString('base64')}`;
const KEY = {
  id: 'VuaCfGcBCdbkQm-e5aOx',
  name: 'old',
  type: 'cross_cluster',
  creation: 1_700_000_000_000,
  invalidated: false,
  username: 'jane',
  realm: 'default_native',
  realm_type: 'native',
  metadata: {},
  role_descriptors: {},
  access: LOGS,
};

/** A cluster that has API keys, and answers `refusal` to the endpoints of cross-cluster keys. */
function startOldCluster(refusal: { status: number; body: (uri: string, method: string) => unknown }): Promise<Server> {
  const answers: Record<string, unknown> = {
    'POST /_security/user/_has_privileges': {
      cluster: Object.fromEntries(
        ['manage_security', 'read_security', 'manage_api_key', 'manage_own_api_key', 'monitor'].map((name) => [
          name,
          true,
        ]),
      ),
    },
    'GET /_security/_authenticate': {
      username: 'jane',
      authentication_realm: { name: 'default_native', type: 'native' },
      authentication_type: 'realm',
    },
    'POST /_security/_query/api_key': { total: 1, count: 1, api_keys: [KEY] },
    'GET /_license': { license: { type: 'trial', status: 'active' } },
    'POST /_security/api_key': { id: 'userkeyuserkey000000', name: 'plain', api_key: 'secret', encoded: 'c2VjcmV0' },
  };
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    request.resume().once('end', () => {
      const known = answers[`${method} ${url.split('?')[0]}`];
      const answer =
        known === undefined || url.includes('/cross_cluster/')
          ? { status: refusal.status, body: refusal.body(url, method) }
          : { status: 200, body: known };
      response
        .writeHead(answer.status, { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' })
        .end(JSON.stringify(answer.body));
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe.each([
  [
    'older than 8.10',
    /8\.10/,
    {
      status: 400,
      body: (uri: string, method: string) => ({ error: `no handler found for uri [${uri}] and method [${method}]` }),
    },
  ],
  [
    'of the kind of Serverless',
    /does not offer the endpoint/,
    {
      status: 410,
      body: (uri: string, method: string) => ({
        error: {
          type: 'api_not_available_exception',
          reason: `Request for uri [${uri}] with method [${method}] exists but is not available when running in serverless mode`,
        },
        status: 410,
      }),
    },
  ],
])('a cluster %s', (_what, reason, refusal) => {
  let server: Server;
  let latchkey: Latchkey;
  beforeAll(async () => {
    server = await startOldCluster(refusal);
    latchkey = await startLatchkey({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  afterAll(async () => {
    await latchkey?.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    ['create', 'POST', '', { name: 'new', access: LOGS }],
    ['update', 'PATCH', `/${KEY.id}`, { access: { search: [{ names: ['other'] }] } }],
  ])('%s of a cross-cluster key says that this cluster has none', async (_operation, method, path, body) => {
    const answer = await latchkey.send(JANE, method, `${KEYS}${path}`, body);
    expectProblem(answer, 501, 'feature.not-available');
    expect(answer.text).not.toContain('uri [');
    expect(answer.body.detail).toMatch(reason);
  });

  test('the rest of the service goes on', async () => {
    expect((await latchkey.send(JANE, 'POST', '/v1/user-keys', { name: 'plain' })).status).toBe(201);
    expect((await latchkey.send(JANE, 'GET', '/v1/user-keys')).status).toBe(200);
    expect((await latchkey.send(JANE, 'GET', KEYS)).status).toBe(200);
    expect((await latchkey.send(JANE, 'GET', '/v1/license')).body.type).toBe('trial');
  });
});
