import { connect } from 'node:net';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, SEEDED_KEY, startUnderTest } from '../support/fault-service.js';
import { textOf } from '../support/http.js';
import { until } from '../support/wait.js';

const IN_FLIGHT = 50;
/** Long enough for three requests on a slow machine. */
const DRAIN_MS = 5000;

let fake: FakeElasticsearch;

beforeEach(async () => {
  fake = await FakeElasticsearch.start();
  fake.addKey({ id: SEEDED_KEY });
});
afterEach(() => fake.close());

test('a stop loses none of 50 requests in flight, and takes no new connection afterwards', async () => {
  const latchkey = await startUnderTest(fake);
  fake.latencyMs.set('query', 1500);
  const answers = Array.from({ length: IN_FLIGHT }, () => latchkey.call('user-keys.get'));
  // Not a while: a connection that the service has not taken yet when it stops listening is refused by the system.
  await until(() => fake.received('query').length === IN_FLIGHT);
  await latchkey.service.stop({ drainMs: 100 });
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(
    Array.from({ length: IN_FLIGHT }, () => 200),
  );
  await expect(
    new Promise((resolve, reject) =>
      connect(latchkey.port, '127.0.0.1', () => resolve('connected')).on('error', reject),
    ),
  ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('while it drains, readiness is off, requests are answered, and their connections are closed', async () => {
  const latchkey = await startUnderTest(fake);
  expect((await latchkey.send('GET', '/readyz')).status).toBe(200);
  // Open until the test has seen what it wants to see.
  let drained = false;
  const stopped = latchkey.service.stop({ drainMs: DRAIN_MS }).then(() => (drained = true));
  const ready = await latchkey.send('GET', '/readyz');
  expect({ status: ready.status, accepting: (ready.json['checks'] as Record<string, unknown>)['accepting'] }).toEqual({
    status: 503,
    accepting: false,
  });
  expect((await latchkey.send('GET', '/livez')).status).toBe(200);
  const bytes = await latchkey.speak(
    `GET /v1/user-keys/${SEEDED_KEY} HTTP/1.1\r\nHost: a\r\nAuthorization: ${JANE}\r\n\r\n`,
  );
  expect(bytes).toContain('HTTP/1.1 200 ');
  expect(bytes.toLowerCase()).toContain('connection: close');
  expect(drained).toBe(false);
  await stopped;
});

test.each([
  ['an Elasticsearch that answers', (): FakeElasticsearch | string => fake, 1],
  ['an address where nothing listens', (): FakeElasticsearch | string => 'http://127.0.0.1:9', 0],
])('the readiness probe sets the gauge that an alert follows: %s', async (_where, elasticsearch, reachable) => {
  const latchkey = await startUnderTest(elasticsearch());
  const gauge = async (): Promise<string | undefined> =>
    /^latchkey_elasticsearch_reachable (\S+)$/m.exec(await latchkey.metrics())?.[1];
  const before = await gauge();
  await textOf(latchkey.service.metricsUrl, '/readyz');
  expect([before, await gauge()]).toEqual([undefined, String(reachable)]);
  await latchkey.service.stop({ drainMs: 0 });
});

test('readiness is off while Elasticsearch cannot be reached, and liveness is not', async () => {
  const latchkey = await startUnderTest('http://127.0.0.1:9');
  expect((await latchkey.send('GET', '/readyz')).json).toMatchObject({
    ready: false,
    checks: { elasticsearch: 'unreachable' },
  });
  expect((await latchkey.send('GET', '/livez')).status).toBe(200);
  await latchkey.service.stop({ drainMs: 0 });
});
