import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, SEEDED_KEY, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';

const GET_ONE = `GET /v1/user-keys/${SEEDED_KEY} HTTP/1.1\r\nHost: a\r\nAuthorization: ${JANE}\r\n\r\n`;

/** Well below every timeout that would end a connection otherwise. */
const SOON_MS = 6000;

let fake: FakeElasticsearch;
let latchkey: ServiceUnderTest;
let socket: Socket;
let received: string;

beforeEach(async () => {
  fake = await FakeElasticsearch.start();
  fake.addKey({ id: SEEDED_KEY });
  latchkey = await startUnderTest(fake);
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

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 10) {
    if (waited > 20_000) throw new Error(`did not come about: ${String(condition)}`);
    await sleep(10);
  }
}

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
  const started = performance.now();
  await latchkey.service.stop();
  expect(performance.now() - started).toBeLessThan(SOON_MS);
});

test('a request that began before the stop and ends after the drain is answered', async () => {
  fake.latencyMs.set('query', 400);
  socket.write(GET_ONE);
  await until(() => fake.received('query').length === 1);
  await latchkey.service.stop({ drainMs: 50 });
  expect(answers()).toBe(1);
});

test('the connection of such a request does not delay the end by more than a moment', async () => {
  fake.latencyMs.set('query', 400);
  socket.write(GET_ONE);
  await until(() => fake.received('query').length === 1);
  const started = performance.now();
  await latchkey.service.stop({ drainMs: 50 });
  expect(performance.now() - started).toBeLessThan(SOON_MS);
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
  socket.write(bytes);
  await sleep(50);
  const started = performance.now();
  await latchkey.service.stop();
  expect(performance.now() - started).toBeLessThan(SOON_MS);
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
    await sleep(500);
    const started = performance.now();
    await latchkey.service.stop();
    expect(performance.now() - started).toBeLessThan(SOON_MS);
  },
);

test('a client that does not go on with its body holds up the end no longer than a handler may take', async () => {
  const bounded = await startUnderTest(fake, { LATCHKEY_HANDLER_TIMEOUT_MS: '500' });
  const lazy = await bounded.open();
  lazy.removeAllListeners('error');
  lazy.on('error', () => undefined);
  lazy.write(
    `POST /v1/user-keys HTTP/1.1\r\nHost: a\r\nAuthorization: ${JANE}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na`,
  );
  await sleep(50);
  const started = performance.now();
  await Promise.all([bounded.service.stop(), latchkey.service.stop()]);
  lazy.destroy();
  expect(performance.now() - started).toBeLessThan(SOON_MS);
});
