import { FakeElasticsearch, FAULTS } from '../support/fake-elasticsearch.js';
import { CALLS, SEEDED_KEY, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';

let fake: FakeElasticsearch;
let latchkey: ServiceUnderTest;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  latchkey = await startUnderTest(fake);
});

afterAll(async () => {
  await latchkey.service.stop();
  await fake.close();
});

beforeEach(() => {
  fake.forget();
  fake.addKey({ id: SEEDED_KEY });
});

test('a create that Elasticsearch carried out before the connection broke makes one key, not more', async () => {
  fake.break('create', FAULTS.resetAfterCommit);
  await latchkey.call('user-keys.create');
  expect([...fake.keys.values()].filter(({ name }) => name === CALLS['user-keys.create'].body.name)).toHaveLength(1);
});

test('a create with an Idempotency-Key is not sent again after its outcome got lost', async () => {
  fake.break('create', FAULTS.resetAfterCommit);
  await latchkey.call('user-keys.create', { 'idempotency-key': 'lost-outcome-0001' });
  await latchkey.call('user-keys.create', { 'idempotency-key': 'lost-outcome-0001' });
  expect(fake.received('create')).toHaveLength(1);
});

test('the repeat of a create whose outcome got lost is told so', async () => {
  fake.break('create', FAULTS.resetAfterCommit);
  await latchkey.call('user-keys.create', { 'idempotency-key': 'lost-outcome-0002' });
  const repeat = await latchkey.call('user-keys.create', { 'idempotency-key': 'lost-outcome-0002' });
  expect(repeat.json).toMatchObject({ status: 409, code: 'request.already-done' });
});

test('a create with an Idempotency-Key may be sent again after Elasticsearch refused it as busy', async () => {
  fake.break('create', FAULTS.busy);
  await latchkey.call('user-keys.create', { 'idempotency-key': 'busy-at-first-0001' });
  fake.forget();
  expect((await latchkey.call('user-keys.create', { 'idempotency-key': 'busy-at-first-0001' })).status).toBe(201);
});

test('a repeat after success is told the id of the key and not its secret', async () => {
  const first = await latchkey.call('user-keys.create', { 'idempotency-key': 'done-already-0001' });
  const repeat = await latchkey.call('user-keys.create', { 'idempotency-key': 'done-already-0001' });
  expect(repeat.json).toMatchObject({ status: 409, key_id: (first.json['key'] as { id: string }).id });
  expect(fake.secrets.filter((secret) => repeat.text.includes(secret))).toEqual([]);
});
