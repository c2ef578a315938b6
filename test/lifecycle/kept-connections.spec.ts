import type { Socket } from 'node:net';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, SEEDED_KEY, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';
import { until } from '../support/wait.js';

const GET_ONE = `GET /v1/user-keys/${SEEDED_KEY} HTTP/1.1\r\nHost: a\r\nAuthorization: ${JANE}\r\n\r\n`;

/** No connection ends by itself while a test runs, so a stop that comes to its end did not wait for that. */
const ENDLESS = {
  LATCHKEY_KEEP_ALIVE_TIMEOUT_MS: '3600000',
  LATCHKEY_HEADERS_TIMEOUT_MS: '300000',
  LATCHKEY_REQUEST_TIMEOUT_MS: '300000',
  LATCHKEY_HANDLER_TIMEOUT_MS: '300000',
};
/** What a client is told whose request took longer than those two. */
const TIMED_OUT = 'HTTP/1.1 408 ';

let fake: FakeElasticsearch;
let latchkey: ServiceUnderTest;
let socket: Socket;
let received: string;

beforeEach(async () => {
  fake = await FakeElasticsearch.start();
  fake.addKey({ id: SEEDED_KEY });
  latchkey = await startUnderTest(fake, ENDLESS);
  received = '';
  socket = await latchkey.open();
  socket.removeAllListeners('error');
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
});

afterEach(async () => {
  socket.destroy();
  await fake.close();
});

const answers = (): number => received.split('HTTP/1.1 200 ').length - 1;

test('a connection is kept for further requests while the service runs', async () => {
  socket.write(GET_ONE);
  await until(() => answers() === 1);
  socket.write(GET_ONE);
  await until(() => answers() === 2);
  await latchkey.service.stop();
  expect(received.toLowerCase()).not.toContain('connection: close');
});

test('a request on a kept connection during the drain is answered, and the connection then closed', async () => {
  socket.write(GET_ONE);
  await until(() => answers() === 1);
  const stopped = latchkey.service.stop({ drainMs: 300 });
  socket.write(GET_ONE);
  await until(() => socket.closed);
  await stopped;
  expect([answers(), /connection: close/i.test(received)]).toEqual([2, true]);
});

test('an idle connection does not delay the end', async () => {
  socket.write(GET_ONE);
  await until(() => answers() === 1);
  await latchkey.service.stop();
  expect(received).not.toContain(TIMED_OUT);
});

test('a request that began before the stop and ends after the drain is answered', async () => {
  fake.latencyMs.set('query', 400);
  socket.write(GET_ONE);
  await until(() => fake.received('query').length === 1);
  await latchkey.service.stop({ drainMs: 50 });
  expect(answers()).toBe(1);
});

test('the connection of such a request does not delay the end', async () => {
  fake.latencyMs.set('query', 400);
  socket.write(GET_ONE);
  await until(() => fake.received('query').length === 1);
  await latchkey.service.stop({ drainMs: 50 });
  await until(() => socket.closed);
});

test('a create that is under way when the stop comes does not lose its secret', async () => {
  fake.latencyMs.set('create', 300);
  const created = latchkey.call('user-keys.create');
  await until(() => fake.received('create').length === 1);
  await latchkey.service.stop();
  expect((await created).json['secret']).toEqual({ api_key: fake.secrets[0], encoded: fake.secrets[1] });
});

test.each([
  ['nothing', ''],
  ['half of its headers', 'GET /livez HTTP/1.1\r\nHost'],
])('a client that has sent %s does not hold up the end', async (_what, bytes) => {
  if (bytes !== '') socket.write(bytes);
  await latchkey.call('session.get');
  await latchkey.service.stop();
  await until(() => socket.closed);
  expect(received).not.toContain(TIMED_OUT);
});

test.each(['GET', 'POST'])(
  'a client that went away during its %s does not hold up the end, nor one that is silent beside it',
  async (method) => {
    fake.latencyMs.set('has_privileges', 300);
    const gone = await latchkey.open();
    gone.removeAllListeners('error');
    gone.on('error', () => undefined);
    const body =
      method === 'POST' ? 'Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{"name":"abc"}' : '\r\n';
    gone.write(`${method} /v1/user-keys HTTP/1.1\r\nHost: a\r\nAuthorization: ${JANE}\r\n${body}`);
    await until(() => fake.received('has_privileges').length === 1);
    gone.resetAndDestroy();
    await until(() => latchkey.log().includes('"status":499'));
    await latchkey.service.stop();
    await until(() => socket.closed);
    expect(received).not.toContain(TIMED_OUT);
  },
);

test('a client that does not go on with its body holds up the end no longer than a handler may take', async () => {
  const bounded = await startUnderTest(fake, { ...ENDLESS, LATCHKEY_HANDLER_TIMEOUT_MS: '500' });
  let told = '';
  const lazy = await bounded.open();
  lazy.removeAllListeners('error');
  lazy.on('error', () => undefined);
  lazy.on('data', (chunk: Buffer) => (told += chunk.toString()));
  lazy.write(
    `POST /v1/user-keys HTTP/1.1\r\nHost: a\r\nAuthorization: ${JANE}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na`,
  );
  await bounded.call('session.get');
  await Promise.all([bounded.service.stop(), latchkey.service.stop()]);
  await until(() => lazy.closed);
  expect(told).not.toContain(TIMED_OUT);
});
