import { setTimeout as sleep } from 'node:timers/promises';
import { FakeElasticsearch, headerOf, type RecordedRequest } from '../support/fake-elasticsearch.js';
import {
  basicOf,
  CALL_NAMES,
  JANE,
  SEEDED_KEY,
  startUnderTest,
  type ServiceUnderTest,
} from '../support/fault-service.js';
import { until } from '../support/wait.js';

const CALLERS = 20;
const SERVICE_TOKEN = 'AAEAAWVsYXN0aWMvbGF0Y2hrZXkvdG9rZW46c2VydmljZQ';
/** What a call may carry beside the two headers of the caller. */
const OWN_HEADERS = ['accept', 'connection', 'content-length', 'content-type', 'host', 'user-agent'];

let fake: FakeElasticsearch;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
});

afterAll(() => fake.close());
beforeEach(() => fake.forget());

const credentialsOf = (requests: readonly RecordedRequest[]): Array<string | undefined> => [
  ...new Set(requests.map((request) => headerOf(request, 'authorization'))),
];

describe('without an identity of its own', () => {
  let latchkey: ServiceUnderTest;

  beforeAll(async () => {
    // With the caches on: a mix-up would most likely come from them.
    latchkey = await startUnderTest(fake, { LATCHKEY_PRIVILEGE_CACHE_MS: '5000', LATCHKEY_IDENTITY_CACHE_MS: '60000' });
  });

  afterAll(() => latchkey.service.stop());

  test(`each of ${CALLERS} callers at once acts on its own key, under its own credential, and no other`, async () => {
    const callers = Array.from({ length: CALLERS }, (_, index) => ({
      authorization: basicOf(`caller-${index}`),
      keyId: `key-of-caller-${index}`,
    }));
    for (const { keyId } of callers) fake.addKey({ id: keyId });
    await Promise.all(
      callers.flatMap(({ authorization, keyId }) =>
        CALL_NAMES.filter((name) => name !== 'user-keys.create').map((name) =>
          latchkey.call(name, { authorization }, keyId),
        ),
      ),
    );
    const mixedUp = fake.requests.filter((request) => {
      const owner = callers.find(({ authorization }) => authorization === headerOf(request, 'authorization'));
      const mentioned = `${request.path} ${JSON.stringify(request.body)}`.match(/key-of-caller-\d+/g) ?? [];
      return owner === undefined || mentioned.some((id) => id !== owner.keyId);
    });
    expect(mixedUp).toEqual([]);
  });

  test('a privilege that was remembered for one caller is not used for another', async () => {
    await latchkey.call('user-keys.create', { authorization: basicOf('mighty') });
    fake.privileges = { manage_security: false, manage_api_key: false, manage_own_api_key: false };
    expect((await latchkey.call('user-keys.create', { authorization: basicOf('powerless') })).status).toBe(403);
  });

  test('the same Authorization with another ES-Client-Authentication is another caller', async () => {
    await latchkey.call('user-keys.list', { 'es-client-authentication': 'SharedSecret one' });
    fake.privileges = {
      manage_security: false,
      manage_api_key: false,
      manage_own_api_key: false,
      read_security: false,
    };
    expect((await latchkey.call('user-keys.list', { 'es-client-authentication': 'SharedSecret two' })).status).toBe(
      403,
    );
  });

  test.each(CALL_NAMES)(
    '%s carries both headers of the caller, exactly as they came, on each of its calls',
    async (name) => {
      fake.addKey({ id: SEEDED_KEY });
      const authorization = 'bearer  odd-but-Valid==';
      await latchkey.call(name, { authorization, 'es-client-authentication': 'SharedSecret s3' });
      const carried = fake.requests.map((request) =>
        [headerOf(request, 'authorization'), headerOf(request, 'es-client-authentication')].join('|'),
      );
      expect([...new Set(carried)]).toEqual([`${authorization}|SharedSecret s3`]);
    },
  );

  test.each(CALL_NAMES)('%s sends no header but those two and what HTTP needs', async (name) => {
    fake.addKey({ id: SEEDED_KEY });
    await latchkey.call(name, {
      'es-client-authentication': 'SharedSecret s',
      'x-opaque-id': 'a',
      'x-forwarded-for': '10.0.0.1',
      'x-forwarded-client-cert': 'By=a',
      'x-elastic-product-origin': 'kibana',
      'x-found-cluster': 'other',
      'es-secondary': 'a',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      cookie: 'a=b',
      'proxy-authorization': JANE,
      'x-http-method-override': 'DELETE',
      'accept-encoding': 'gzip',
    });
    const sent = [...new Set(fake.requests.flatMap(({ headers }) => headers.map(([header]) => header.toLowerCase())))];
    expect(
      sent.filter((header) => ![...OWN_HEADERS, 'authorization', 'es-client-authentication'].includes(header)),
    ).toEqual([]);
  });

  test('the method cannot be overridden by a header or the query', async () => {
    fake.addKey({ id: SEEDED_KEY });
    await latchkey.send('GET', `/v1/user-keys/${SEEDED_KEY}?_method=DELETE`, {
      headers: { authorization: JANE, 'x-http-method-override': 'DELETE' },
    });
    expect(fake.received('invalidate')).toEqual([]);
  });

  test('readiness is asked for without any credential', async () => {
    await latchkey.send('GET', '/readyz', { headers: { authorization: JANE } });
    expect(credentialsOf(fake.requests)).toEqual([undefined]);
  });

  test.each(CALL_NAMES)('%s without a credential calls Elasticsearch not at all', async (name) => {
    fake.addKey({ id: SEEDED_KEY });
    await latchkey.call(name, { authorization: '' });
    expect(fake.requests).toEqual([]);
  });
});

describe('with an identity of its own', () => {
  let latchkey: ServiceUnderTest;

  beforeAll(async () => {
    latchkey = await startUnderTest(fake, {
      ELASTICSEARCH_SERVICE_TOKEN: SERVICE_TOKEN,
      LATCHKEY_LICENSE_CACHE_MS: '300000',
    });
    // The license is read once at the start.
    await until(() => fake.received('license').length > 0);
  });

  afterAll(() => latchkey.service.stop());

  test.each(CALL_NAMES)('%s runs as the caller, never as the service', async (name) => {
    fake.addKey({ id: SEEDED_KEY });
    await latchkey.call(name);
    expect(credentialsOf(fake.requests)).toEqual([JANE]);
  });

  test('the license is read as the service', async () => {
    await latchkey.send('GET', '/v1/license', { headers: { authorization: JANE } });
    expect(credentialsOf(fake.received('license'))).toEqual([`Bearer ${SERVICE_TOKEN}`]);
  });

  test('the service is never what answers for a caller whose credential is refused', async () => {
    const answer = await latchkey.send('GET', '/v1/license', {});
    expect([answer.status, fake.requests]).toEqual([401, []]);
  });

  test('the token of the service is in no answer, log line or metric', async () => {
    const answers = await Promise.all(CALL_NAMES.map((name) => latchkey.call(name)));
    expect([...answers.map(({ text }) => text), latchkey.log(), await latchkey.metrics()].join('\n')).not.toContain(
      SERVICE_TOKEN,
    );
  });
});

test('the license is not watched without a pause, even if it is not to be remembered', async () => {
  const latchkey = await startUnderTest(fake, {
    ELASTICSEARCH_SERVICE_TOKEN: SERVICE_TOKEN,
    LATCHKEY_LICENSE_CACHE_MS: '0',
  });
  await until(() => fake.received('license').length > 0);
  await sleep(300);
  await latchkey.service.stop();
  expect(fake.received('license')).toHaveLength(1);
});
