import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { FakeElasticsearch, FAULTS } from '../support/fake-elasticsearch.js';
import { CALL_NAMES, SEEDED_KEY, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';

/** An address where nothing listens. */
async function deadUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}

describe('when nothing listens where Elasticsearch should be', () => {
  let latchkey: ServiceUnderTest;

  beforeAll(async () => {
    latchkey = await startUnderTest(await deadUrl());
  });

  afterAll(() => latchkey.service.stop());

  test.each(CALL_NAMES)('%s answers 503 upstream.unavailable', async (name) => {
    expect((await latchkey.call(name)).json).toMatchObject({ status: 503, code: 'upstream.unavailable' });
  });

  test('the answer says when to try again', async () => {
    expect((await latchkey.call('user-keys.list')).headers.get('retry-after')).toBe('1');
  });

  test('the answer does not tell the address of Elasticsearch', async () => {
    expect((await latchkey.call('user-keys.list')).text).not.toContain('127.0.0.1');
  });

  test('the service starts all the same and is alive', async () => {
    expect((await latchkey.send('GET', '/livez')).status).toBe(200);
  });

  test('the service is not ready', async () => {
    expect(await latchkey.send('GET', '/readyz')).toMatchObject({
      status: 503,
      json: { ready: false, checks: { elasticsearch: 'unreachable' } },
    });
  });
});

test('a host name that does not exist is answered 503 upstream.unavailable', async () => {
  const latchkey = await startUnderTest('http://no-such-host.invalid:9200', { LATCHKEY_PRIVILEGES_TIMEOUT_MS: '3000' });
  const answer = await latchkey.call('user-keys.list');
  await latchkey.service.stop();
  expect(answer.json).toMatchObject({ code: 'upstream.unavailable' });
});

describe('when one of two nodes is dead', () => {
  let fake: FakeElasticsearch;
  let dead: string;

  beforeAll(async () => {
    fake = await FakeElasticsearch.start();
    dead = await deadUrl();
  });

  afterAll(() => fake.close());

  beforeEach(() => {
    fake.forget();
    fake.addKey({ id: SEEDED_KEY });
  });

  test.each(['the first', 'the second'])('no read fails, even the first one, if it is %s', async (which) => {
    const latchkey = await startUnderTest(which === 'the first' ? `${dead},${fake.url}` : `${fake.url},${dead}`);
    const statuses: number[] = [];
    for (let count = 0; count < 10; count += 1) statuses.push((await latchkey.call('user-keys.list')).status);
    await latchkey.service.stop();
    expect(statuses).toEqual(Array(10).fill(200));
  });

  test('writes go through once a read has found out which node is dead', async () => {
    const latchkey = await startUnderTest(`${dead},${fake.url}`);
    await latchkey.call('user-keys.list');
    await latchkey.call('user-keys.list');
    const statuses: number[] = [];
    for (let count = 0; count < 10; count += 1) statuses.push((await latchkey.call('user-keys.create')).status);
    await latchkey.service.stop();
    expect(statuses).toEqual(Array(10).fill(201));
  });

  test('the service is ready', async () => {
    const latchkey = await startUnderTest(`${fake.url},${dead}`);
    await latchkey.call('user-keys.list');
    const { status } = await latchkey.send('GET', '/readyz');
    await latchkey.service.stop();
    expect(status).toBe(200);
  });
});

test('a create that finds a node without a living connection is not sent to another one', async () => {
  const [first, second] = [await FakeElasticsearch.start(), await FakeElasticsearch.start()];
  const latchkey = await startUnderTest(`${first.url},${second.url}`);
  first.break('create', FAULTS.resetAfterCommit);
  second.break('create', FAULTS.resetAfterCommit);
  await latchkey.call('user-keys.create');
  await latchkey.service.stop();
  const sent = first.received('create').length + second.received('create').length;
  await Promise.all([first.close(), second.close()]);
  expect(sent).toBe(1);
});
