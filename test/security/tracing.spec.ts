import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { RecordingProxy } from '../support/recording-proxy.js';
import { startLatchkey, type Latchkey } from '../support/service.js';

const AUTHORIZATION = `Basic ${Buffer.from('elastic:changeme').toString('base64')}`;

interface Span {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  kind: number;
  attributes: Array<{ key: string; value: Record<string, unknown> }>;
}

let collector: Server;
let sandbox: Sandbox;
let proxy: RecordingProxy;
const bodies: string[] = [];

beforeAll(async () => {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      bodies.push(Buffer.concat(chunks).toString());
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  sandbox = await startSandbox();
  proxy = await RecordingProxy.start(sandbox.url);
});
afterAll(async () => {
  await proxy.stop();
  await sandbox.close();
  await new Promise((resolve) => collector.close(resolve));
});
beforeEach(() => bodies.splice(0));

const tracesUrl = (): string => `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/traces`;

function spans(): Span[] {
  return bodies.flatMap((body) => {
    const { resourceSpans } = JSON.parse(body) as { resourceSpans: Array<{ scopeSpans: Array<{ spans: Span[] }> }> };
    return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  });
}

async function withTracing(env: Record<string, string>, work: (latchkey: Latchkey) => Promise<void>): Promise<void> {
  const latchkey = await startLatchkey(proxy.url, env);
  try {
    await work(latchkey);
  } finally {
    await latchkey.stop();
  }
}

test("a request and its calls to Elasticsearch are one trace, which goes on with the caller's and is handed on", async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  await withTracing({ LATCHKEY_TRACES_URL: tracesUrl() }, async (latchkey) => {
    const answer = await latchkey.call('POST', '/v1/user-keys', {
      authorization: AUTHORIZATION,
      body: { name: 'traced' },
      headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    expect(answer.status).toBe(201);
  });
  const all = spans();
  const request = all.find(({ name }) => name === 'POST /v1/user-keys');
  expect(request).toMatchObject({ traceId, parentSpanId: 'b7ad6b7169203331', kind: 2 });
  expect(
    Object.fromEntries((request?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]])),
  ).toEqual({
    'http.request.method': 'POST',
    'http.route': '/v1/user-keys',
    'http.response.status_code': 201,
    'latchkey.operation': 'user-keys.create',
  });
  const calls = all.filter(({ name }) => name.startsWith('elasticsearch '));
  expect(calls.map(({ name }) => name).sort()).toEqual([
    'elasticsearch authenticate',
    'elasticsearch create_api_key',
    'elasticsearch has_privileges',
    'elasticsearch query_api_keys',
  ]);
  expect(proxy.calls.map(({ traceparent }) => traceparent).sort()).toEqual(
    calls.map(({ spanId }) => `00-${traceId}-${spanId}-01`).sort(),
  );
  for (const call of calls) expect([call.traceId, call.parentSpanId, call.kind]).toEqual([traceId, request?.spanId, 3]);
});

test('spans hold no credential, secret, id, name, query or header', async () => {
  const canaries: string[] = [
    AUTHORIZATION,
    AUTHORIZATION.slice(6),
    'canary-name',
    'canary-query',
    'canary-header',
    'canary-metadata',
  ];
  await withTracing({ LATCHKEY_TRACES_URL: tracesUrl() }, async (latchkey) => {
    const { body } = await latchkey.call('POST', '/v1/user-keys', {
      authorization: AUTHORIZATION,
      body: { name: 'canary-name', metadata: { a: 'canary-metadata' } },
      headers: { 'x-canary': 'canary-header', 'es-client-authentication': 'canary-header' },
    });
    canaries.push(body.key.id, body.secret.encoded, body.secret.api_key);
    await latchkey.call('GET', `/v1/user-keys/${body.key.id}`, { authorization: AUTHORIZATION });
    await latchkey.call('GET', '/v1/user-keys?name=canary-query', { authorization: AUTHORIZATION });
    await latchkey.call('GET', '/canary-query?name=canary-query', { authorization: AUTHORIZATION });
  });
  expect(spans().length).toBeGreaterThan(6);
  for (const canary of canaries) expect(bodies.join('')).not.toContain(canary);
});

test('without the setting nothing is sent, to no collector and not in a header to Elasticsearch', async () => {
  const before = proxy.calls.length;
  await withTracing({}, async (latchkey) => {
    await latchkey.call('GET', '/v1/session', {
      authorization: AUTHORIZATION,
      headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    });
  });
  expect(bodies).toEqual([]);
  expect(proxy.calls.slice(before).filter(({ traceparent }) => traceparent !== undefined)).toEqual([]);
});

test('a collector that cannot be reached changes nothing for callers, nor for the stop', async () => {
  await withTracing({ LATCHKEY_TRACES_URL: 'http://127.0.0.1:9/v1/traces' }, async (latchkey) => {
    expect((await latchkey.call('GET', '/v1/session', { authorization: AUTHORIZATION })).status).toBe(200);
  });
});
