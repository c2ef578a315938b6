import { FakeElasticsearch, refuses, type Endpoint } from '../support/fake-elasticsearch.js';
import {
  CALL_NAMES,
  CALLS,
  SEEDED_KEY,
  startUnderTest,
  type Call,
  type ServiceUnderTest,
} from '../support/fault-service.js';

const NO_HANDLER = refuses(400, 'no handler found for uri [/_security/_query/api_key] and method [POST]');
const API_KEYS_OFF = refuses(400, {
  root_cause: [{ type: 'feature_not_enabled_exception', reason: 'api keys are not enabled' }],
  type: 'feature_not_enabled_exception',
  reason: 'api keys are not enabled',
  'disabled.feature': 'api_keys',
});
const SECURITY_ENDPOINTS: Endpoint[] = ['has_privileges', 'authenticate', 'query', 'create', 'update', 'invalidate'];
const KEY_CALLS = CALL_NAMES.filter((name) => name !== 'session.get');

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

test.each(CALL_NAMES)(
  '%s answers 501 feature.security-disabled when Elasticsearch runs without security',
  async (name) => {
    for (const endpoint of SECURITY_ENDPOINTS) fake.break(endpoint, NO_HANDLER);
    expect((await latchkey.call(name)).json).toMatchObject({ status: 501, code: 'feature.security-disabled' });
  },
);

test.each(KEY_CALLS)(
  '%s answers 501 feature.api-keys-disabled when Elasticsearch runs without API keys',
  async (name) => {
    fake.break((CALLS[name] as Call).action, API_KEYS_OFF);
    expect((await latchkey.call(name)).json).toMatchObject({ status: 501, code: 'feature.api-keys-disabled' });
  },
);

test('a refusal of some other feature is not taken for disabled API keys', async () => {
  fake.break(
    'create',
    refuses(400, {
      type: 'feature_not_enabled_exception',
      reason: 'tokens are not enabled',
      'disabled.feature': 'security_tokens',
    }),
  );
  expect((await latchkey.call('user-keys.create')).json).toMatchObject({ status: 400, code: 'request.invalid' });
});

test.each(KEY_CALLS)(
  '%s answers 501 feature.not-available when Elasticsearch does not have the endpoint',
  async (name) => {
    fake.break(
      (CALLS[name] as Call).action,
      refuses(405, 'Incorrect HTTP method for uri [/_security/x] and method [POST], allowed: [GET]'),
    );
    expect((await latchkey.call(name)).json).toMatchObject({ status: 501, code: 'feature.not-available' });
  },
);
