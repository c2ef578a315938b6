import { setTimeout as sleep } from 'node:timers/promises';
import { FakeElasticsearch, FAULTS } from '../support/fake-elasticsearch.js';
import { JANE, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';
import { until } from '../support/wait.js';

let fake: FakeElasticsearch;
let latchkey: ServiceUnderTest;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  latchkey = await startUnderTest(fake, { LATCHKEY_ELASTICSEARCH_TIMEOUT_MS: '2000' });
});
afterAll(async () => {
  await latchkey.service.stop();
  await fake.close();
});

function statusesOf(operation: string): number[] {
  const lines = latchkey
    .log()
    .split('\n')
    .filter((line) => line.includes(`"${operation}"`));
  return lines.map((line) => (JSON.parse(line) as { status: number }).status);
}

test('a request whose client goes away is logged and counted once, as 499', async () => {
  fake.break('query', FAULTS.neverAnswer);
  const socket = await latchkey.open();
  socket.write(`GET /v1/user-keys HTTP/1.1\r\nhost: a\r\nauthorization: ${JANE}\r\n\r\n`);
  await until(() => fake.received('query').length > 0);
  socket.destroy();
  await until(() => statusesOf('user-keys.list').length > 0);
  // The handler ends now, for the second time as it were.
  // Longer than the deadline of its call: a second line would be there by now.
  await sleep(2500);
  expect(statusesOf('user-keys.list')).toEqual([499]);
  expect(await latchkey.metrics()).toContain(
    'latchkey_http_request_duration_seconds_count{operation="user-keys.list",status="499"} 1',
  );
});

test('a request that is answered is logged and counted once', async () => {
  fake.forget();
  latchkey.clearLog();
  await latchkey.call('session.get');
  await until(() => statusesOf('session.get').length > 0);
  await sleep(50);
  expect(statusesOf('session.get')).toEqual([200]);
});
