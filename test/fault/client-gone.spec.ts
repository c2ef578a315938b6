import { setTimeout as sleep } from 'node:timers/promises';
import { FakeElasticsearch, FAULTS } from '../support/fake-elasticsearch.js';
import { JANE, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';

let fake: FakeElasticsearch;
let latchkey: ServiceUnderTest;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  latchkey = await startUnderTest(fake, { LATCHKEY_ELASTICSEARCH_TIMEOUT_MS: '300' });
});
afterAll(async () => {
  await latchkey.service.stop();
  await fake.close();
});

test('a request whose client goes away is logged and counted once, as 499', async () => {
  fake.break('query', FAULTS.neverAnswer);
  const socket = await latchkey.open();
  socket.write(`GET /v1/user-keys HTTP/1.1\r\nhost: a\r\nauthorization: ${JANE}\r\n\r\n`);
  await sleep(100);
  socket.destroy();
  await sleep(600);
  const lines = latchkey.log().split('\n').filter((line) => line.includes('"user-keys.list"'));
  expect(lines.map((line) => (JSON.parse(line) as { status: number }).status)).toEqual([499]);
  expect(await latchkey.metrics()).toContain('latchkey_http_request_duration_seconds_count{operation="user-keys.list",status="499"} 1');
});

test('a request that is answered is logged and counted once', async () => {
  fake.forget();
  latchkey.clearLog();
  await latchkey.call('session.get');
  await sleep(50);
  const lines = latchkey.log().split('\n').filter((line) => line.includes('"session.get"'));
  expect(lines.map((line) => (JSON.parse(line) as { status: number }).status)).toEqual([200]);
});
