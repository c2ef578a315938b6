import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, SEEDED_KEY, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';

const GET_ONE = `GET /v1/user-keys/${SEEDED_KEY} HTTP/1.1\r\nHost: a\r\nAuthorization: ${JANE}\r\n\r\n`;

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
  while (!condition()) await sleep(10);
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
  expect(performance.now() - started).toBeLessThan(1000);
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
  expect(performance.now() - started).toBeLessThan(1500);
});

test('a create that is under way when the stop comes does not lose its secret', async () => {
  fake.latencyMs.set('create', 300);
  const created = latchkey.call('user-keys.create');
  await until(() => fake.received('create').length === 1);
  await latchkey.service.stop();
  expect((await created).json['secret']).toEqual({ api_key: fake.secrets[0], encoded: fake.secrets[1] });
});

test('a client that never sends its request does not hold up the end for ever', async () => {
  const slow = await startUnderTest(fake, { LATCHKEY_HEADERS_TIMEOUT_MS: '500', LATCHKEY_REQUEST_TIMEOUT_MS: '500' });
  const lazy = await slow.open();
  lazy.on('error', () => undefined);
  lazy.write('GET /livez HTTP/1.1\r\nHost');
  await sleep(50);
  const started = performance.now();
  await slow.service.stop();
  lazy.destroy();
  await latchkey.service.stop();
  expect(performance.now() - started).toBeLessThan(4000);
});
