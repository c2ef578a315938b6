import { FakeElasticsearch, FAULTS } from '../support/fake-elasticsearch.js';
import {
  CALL_NAMES,
  CALLS,
  deadlines,
  SEEDED_KEY,
  startUnderTest,
  type Call,
  type CallName,
  type ServiceUnderTest,
} from '../support/fault-service.js';

const HANDLER_MS = 300;
const ELASTICSEARCH_MS = 2500;

let fake: FakeElasticsearch;
let latchkey: ServiceUnderTest;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  latchkey = await startUnderTest(fake, {
    LATCHKEY_HANDLER_TIMEOUT_MS: String(HANDLER_MS),
    ...deadlines(ELASTICSEARCH_MS),
  });
});

afterAll(async () => {
  await latchkey.service.stop();
  await fake.close();
});

beforeEach(() => {
  fake.forget();
  latchkey.clearLog();
  fake.addKey({ id: SEEDED_KEY });
});

const hasBody = (name: CallName): boolean => (CALLS[name] as Call).body !== undefined;

test.each(CALL_NAMES.filter((name) => !hasBody(name)))(
  '%s answers 503 service.timeout when it takes longer than the handler may',
  async (name) => {
    fake.break((CALLS[name] as Call).action, FAULTS.neverAnswer);
    expect((await latchkey.call(name)).json).toMatchObject({ status: 503, code: 'service.timeout' });
  },
);

// Fastify ends its handler timer when a request's body has been read; the deadlines of the calls to Elasticsearch go on.
test.each(CALL_NAMES.filter(hasBody))(
  '%s, which has a body, is bounded by the deadlines of its calls to Elasticsearch',
  async (name) => {
    fake.break((CALLS[name] as Call).action, FAULTS.neverAnswer);
    expect((await latchkey.call(name)).json).toMatchObject({ status: 504, code: 'upstream.timeout' });
  },
);

test('the answer comes when the time of the handler is over, not only when that of its calls is', async () => {
  const patient = await startUnderTest(fake, { LATCHKEY_HANDLER_TIMEOUT_MS: String(HANDLER_MS) });
  fake.break('query', FAULTS.neverAnswer);
  expect((await patient.call('user-keys.list')).status).toBe(503);
  // Its call has not come to an end by its own deadline.
  expect(await patient.metrics()).not.toContain('outcome="timeout"');
  await patient.service.stop();
});

test('the answer is problem+json with the headers of all answers', async () => {
  fake.break('query', FAULTS.neverAnswer);
  const { headers } = await latchkey.call('user-keys.list');
  expect([headers.get('content-type')?.split(';')[0], headers.get('cache-control')]).toEqual([
    'application/problem+json',
    'no-store',
  ]);
});

test("what the handler says after its time is over is nobody's defect", async () => {
  fake.break('query', FAULTS.neverAnswer);
  await latchkey.call('user-keys.list');
  await new Promise((resolve) => setTimeout(resolve, ELASTICSEARCH_MS + 500));
  expect(latchkey.log()).not.toMatch(/"defect"|"level":"(error|fatal)"/);
});

test('a create that is answered just before the time is over does not lose its secret to the reading back', async () => {
  fake.latencyMs.set('create', 200);
  fake.break('query', FAULTS.neverAnswer);
  const answer = await latchkey.call('user-keys.create');
  expect(answer.status).toBe(201);
});
