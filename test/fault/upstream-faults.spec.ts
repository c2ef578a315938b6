import { FakeElasticsearch, FAULTS, redirectTo, type Fault, type FaultName } from '../support/fake-elasticsearch.js';
import { CALL_NAMES, CALLS, SEEDED_KEY, startUnderTest, type Answered, type Call, type CallName, type ServiceUnderTest } from '../support/fault-service.js';
import { leaksIn } from '../support/leaks.js';

const TIMEOUT_MS = 400;
const GRACE_MS = 500;

interface Promised {
  status: number;
  code: string;
  retryAfter?: string;
  /** How often a read is sent. */
  reads?: number;
}

const INVALID: Promised = { status: 502, code: 'upstream.invalid' };
const UNAVAILABLE: Promised = { status: 503, code: 'upstream.unavailable', retryAfter: '1', reads: 2 };
const LATE: Promised = { status: 504, code: 'upstream.timeout' };
const BUSY: Promised = { status: 429, code: 'upstream.busy', retryAfter: '1' };

const PROMISED: Record<FaultName, Promised> = {
  resetBeforeHeaders: UNAVAILABLE,
  resetAfterHeaders: UNAVAILABLE,
  resetMidBody: UNAVAILABLE,
  resetAfterCommit: UNAVAILABLE,
  neverAnswer: LATE,
  silentAfterHeaders: LATE,
  dribble: LATE,
  busy: BUSY,
  busyWithRetryAfter: { ...BUSY, retryAfter: '7' },
  busyWithAbsurdRetryAfter: BUSY,
  status500: INVALID,
  status502: INVALID,
  status503: UNAVAILABLE,
  status503WithRetryAfter: { ...UNAVAILABLE, retryAfter: '9' },
  status504: LATE,
  html500: INVALID,
  truncatedJson: INVALID,
  wrongShape: INVALID,
  arrayInsteadOfObject: INVALID,
  emptyAnswer: INVALID,
  html: INVALID,
  missingProductHeader: INVALID,
  oversized: INVALID,
  gzipBomb: INVALID,
};

const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];
const CASES = FAULT_NAMES.flatMap((fault) => CALL_NAMES.map((call) => ({ fault, call })));
const WRITES = CALL_NAMES.filter((name) => CALLS[name].write);

let fake: FakeElasticsearch;
let latchkey: ServiceUnderTest;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  latchkey = await startUnderTest(fake, { LATCHKEY_PRIVILEGES_TIMEOUT_MS: String(TIMEOUT_MS), LATCHKEY_ELASTICSEARCH_TIMEOUT_MS: String(TIMEOUT_MS) });
});

afterAll(async () => {
  await latchkey.service.stop();
  await fake.close();
});

beforeEach(() => {
  fake.forget();
  fake.addKey({ id: SEEDED_KEY });
  latchkey.clearLog();
});

async function under(fault: Fault, name: CallName): Promise<Answered> {
  fake.break((CALLS[name] as Call).action, fault);
  return latchkey.call(name);
}

describe.each(FAULT_NAMES)('when Elasticsearch fails by %s at the action', (fault) => {
  const promised = PROMISED[fault];

  test.each(CALL_NAMES)(`%s answers ${promised.status} ${promised.code} within the deadline`, async (name) => {
    const answer = await under(FAULTS[fault], name);
    expect(answer.json).toMatchObject({ status: promised.status, code: promised.code });
    expect(answer.status).toBe(promised.status);
    expect(answer.headers.get('retry-after')).toBe(promised.retryAfter ?? null);
    expect(answer.ms).toBeLessThan(TIMEOUT_MS + GRACE_MS);
  });
});

test.each(CASES)('$call is sent as often as promised when Elasticsearch fails by $fault', async ({ fault, call }) => {
  await under(FAULTS[fault], call);
  const { action, write } = CALLS[call] as Call;
  expect(fake.received(action)).toHaveLength(write ? 1 : (PROMISED[fault].reads ?? 1));
});

test.each(FAULT_NAMES)('nothing secret of an answer that fails by %s gets into an answer of ours or into the log', async (fault) => {
  const answers = await Promise.all(CALL_NAMES.map((name) => under(FAULTS[fault], name)));
  const seen = answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n') + latchkey.log() + (await latchkey.metrics());
  expect(leaksIn(seen, [...fake.canaries, ...fake.secrets])).toEqual([]);
});

test.each(FAULT_NAMES)('a failure by %s is nobody\'s defect: no stack trace is logged', async (fault) => {
  await Promise.all(CALL_NAMES.map((name) => under(FAULTS[fault], name)));
  expect(latchkey.log()).not.toContain('"defect"');
});

test.each(FAULT_NAMES)('the service serves again as soon as Elasticsearch no longer fails by %s', async (fault) => {
  await under(FAULTS[fault], 'user-keys.list');
  fake.forget();
  expect((await fetch(`${latchkey.url}/livez`)).status).toBe(200);
  expect((await latchkey.call('user-keys.list')).status).toBe(200);
});

describe.each(['has_privileges', 'authenticate'] as const)('when %s, which the guard asks, fails', (endpoint) => {
  test.each(FAULT_NAMES)('by %s, a create is answered as promised and never reaches Elasticsearch', async (fault) => {
    fake.break(endpoint, FAULTS[fault]);
    const answer = await latchkey.call('user-keys.create');
    expect(answer.json).toMatchObject({ status: PROMISED[fault].status, code: PROMISED[fault].code });
    expect(answer.ms).toBeLessThan(TIMEOUT_MS + GRACE_MS);
    expect(fake.received('create')).toHaveLength(0);
    expect(fake.received(endpoint).length).toBeLessThanOrEqual(2);
  });
});

describe('a write whose outcome is unknown', () => {
  test('a create that Elasticsearch carried out before the connection broke makes one key, not more', async () => {
    await under(FAULTS.resetAfterCommit, 'user-keys.create');
    expect([...fake.keys.values()].filter(({ name }) => name === CALLS['user-keys.create'].body.name)).toHaveLength(1);
  });

  test('a create with an Idempotency-Key is not sent again after its outcome got lost', async () => {
    const headers = { 'idempotency-key': 'lost-outcome-0001' };
    fake.break('create', FAULTS.resetAfterCommit);
    await latchkey.call('user-keys.create', headers);
    const repeat = await latchkey.call('user-keys.create', headers);
    expect(repeat.json).toMatchObject({ status: 409, code: 'request.already-done' });
    expect(fake.received('create')).toHaveLength(1);
  });

  test('a create with an Idempotency-Key may be sent again after Elasticsearch refused it as busy', async () => {
    const headers = { 'idempotency-key': 'busy-at-first-0001' };
    fake.break('create', FAULTS.busy);
    await latchkey.call('user-keys.create', headers);
    fake.forget();
    expect((await latchkey.call('user-keys.create', headers)).status).toBe(201);
  });

  test.each(FAULT_NAMES)('the secret of a key that was created is answered though reading the key back fails by %s', async (fault) => {
    fake.break('query', FAULTS[fault]);
    const answer = await latchkey.call('user-keys.create');
    expect(answer.status).toBe(201);
    expect(answer.json['secret']).toEqual({ api_key: fake.secrets[0], encoded: fake.secrets[1] });
  });

  test.each(FAULT_NAMES)('an invalidation that cannot be read back because of %s is not answered as done', async (fault) => {
    fake.break('invalidate', (exchange) => {
      fake.break('query', FAULTS[fault]);
      exchange.response.writeHead(200, { 'x-elastic-product': 'Elasticsearch', 'content-type': 'application/json' }).end(JSON.stringify(exchange.commit().body));
    });
    expect((await latchkey.call('user-keys.invalidate')).status).toBe(PROMISED[fault].status);
  });

  test.each(WRITES)('%s does not reach Elasticsearch when the key cannot be read first', async (name) => {
    if (name === 'user-keys.create') fake.break('has_privileges', FAULTS.neverAnswer);
    else fake.break('query', FAULTS.neverAnswer);
    await latchkey.call(name);
    expect(fake.received((CALLS[name] as Call).action)).toHaveLength(0);
  });
});

test.each(CALL_NAMES)('%s does not follow a redirect to another server', async (name) => {
  const elsewhere = await FakeElasticsearch.start();
  try {
    const answer = await under(redirectTo(`${elsewhere.url}/_security/api_key`), name);
    expect(answer.json).toMatchObject({ status: 502, code: 'upstream.invalid' });
    expect(elsewhere.connections).toBe(0);
  } finally {
    await elsewhere.close();
  }
});
