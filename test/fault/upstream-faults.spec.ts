import { FakeElasticsearch, FAULTS, type Endpoint, type Fault, type FaultName } from '../support/fake-elasticsearch.js';
import {
  basicOf,
  CALL_NAMES,
  CALLS,
  startForFaults,
  type Answered,
  type Call,
  type CallName,
  type FaultServices,
} from '../support/fault-service.js';
import { leaksIn } from '../support/leaks.js';
import { PROMISED } from '../support/promised-faults.js';

const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];
/** So much work for this machine that the deadlines of several at once would be missed. */
const HEAVY: readonly FaultName[] = ['oversized', 'gzipBomb'];

/** An operation, and the call to Elasticsearch that goes wrong in it. */
interface Scenario {
  name: string;
  call: CallName;
  endpoint: Endpoint;
  fault: (fault: Fault) => Fault;
}

const always = (fault: Fault): Fault => fault;
const AT_THE_ACTION: Scenario[] = CALL_NAMES.map((call) => ({
  name: `${call} at its action`,
  call,
  endpoint: (CALLS[call] as Call).action,
  fault: always,
}));
const AT_THE_GUARD: Scenario[] = (['has_privileges', 'authenticate'] as const).map((endpoint) => ({
  name: `create at ${endpoint}`,
  call: 'user-keys.create',
  endpoint,
  fault: always,
}));
const AT_THE_READING: Scenario[] = (
  ['user-keys.update', 'user-keys.invalidate', 'user-keys.invalidate-many'] as const
).map((call) => ({ name: `${call} before its action`, call, endpoint: 'query', fault: always }));
const CREATE_READ_BACK: Scenario = {
  name: 'create at reading back',
  call: 'user-keys.create',
  endpoint: 'query',
  fault: always,
};
const INVALIDATION_READ_BACK: Scenario = {
  name: 'invalidation at reading back',
  call: 'user-keys.invalidate',
  endpoint: 'probe',
  fault: always,
};
const BEFORE_THE_ACTION = [...AT_THE_GUARD, ...AT_THE_READING];
const SCENARIOS = [...AT_THE_ACTION, ...BEFORE_THE_ACTION, CREATE_READ_BACK, INVALIDATION_READ_BACK];

interface Outcome {
  answer: Answered;
  /** How often the call that goes wrong was sent. */
  attempts: number;
  /** How often the action of the operation was sent. */
  actions: number;
}

let fake: FakeElasticsearch;
let services: FaultServices;
let latchkey: ReturnType<FaultServices['for']>;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  services = await startForFaults(fake);
});

afterAll(async () => {
  await services.stop();
  await fake.close();
});

/** Each scenario has its own caller and its own key, so that several can run at once. */
async function carryOut(scenario: Scenario, fault: FaultName): Promise<Outcome> {
  const authorization = basicOf(scenario.name);
  const keyId = Buffer.from(scenario.name).toString('base64url').slice(0, 60);
  fake.addKey({ id: keyId });
  fake.break(scenario.endpoint, scenario.fault(FAULTS[fault]), scenario.endpoint === 'probe' ? keyId : authorization);
  const answer = await latchkey.call(scenario.call, { authorization }, keyId);
  return {
    answer,
    attempts: fake.received(scenario.endpoint, authorization).length,
    actions: fake.received((CALLS[scenario.call] as Call).action, authorization).length,
  };
}

async function carryOutAll(fault: FaultName): Promise<Map<string, Outcome>> {
  fake.forget();
  latchkey.clearLog();
  const outcomes = new Map<string, Outcome>();
  const one = async (scenario: Scenario): Promise<void> =>
    void outcomes.set(scenario.name, await carryOut(scenario, fault));
  if (HEAVY.includes(fault)) for (const scenario of SCENARIOS) await one(scenario);
  else await Promise.all(SCENARIOS.map(one));
  return outcomes;
}

describe.each(FAULT_NAMES)('when Elasticsearch fails by %s', (fault) => {
  const promised = PROMISED[fault];
  let outcomes: Map<string, Outcome>;
  const of = ({ name }: Scenario): Outcome => outcomes.get(name) as Outcome;

  beforeAll(async () => {
    latchkey = services.for(promised);
    outcomes = await carryOutAll(fault);
  });

  test.each([...AT_THE_ACTION, ...BEFORE_THE_ACTION])(
    `$name is answered ${promised.status} ${promised.code}`,
    (scenario) => {
      const { answer } = of(scenario);
      expect([answer.status, answer.json['code']]).toEqual([promised.status, promised.code]);
    },
  );

  test.each(AT_THE_ACTION)('$name says when to try again, if that is known', (scenario) => {
    expect(of(scenario).answer.headers.get('retry-after')).toBe(promised.retryAfter ?? null);
  });

  test.each(AT_THE_ACTION.filter(({ call }) => CALLS[call].write))('$name is sent exactly once', (scenario) => {
    expect(of(scenario).attempts).toBe(1);
  });

  test.each(AT_THE_ACTION.filter(({ call }) => !CALLS[call].write))(
    `$name is sent ${promised.reads ?? 1} times`,
    (scenario) => {
      expect(of(scenario).attempts).toBe(promised.reads ?? 1);
    },
  );

  test.each(BEFORE_THE_ACTION)('$name changes nothing', (scenario) => {
    expect(of(scenario).actions).toBe(0);
  });

  test('the secret of a key that was created is answered even if the key cannot be read back', () => {
    const { answer } = of(CREATE_READ_BACK);
    const secret = answer.json['secret'] as { api_key: string } | undefined;
    expect([answer.status, fake.secrets.includes(secret?.api_key ?? '')]).toEqual([201, true]);
  });

  test('an invalidation that cannot be read back is not answered as done', () => {
    expect(of(INVALIDATION_READ_BACK).answer.status).toBe(promised.status);
  });

  test('no secret of a failed answer is in an answer of ours, the log or the metrics', async () => {
    const answers = [...outcomes.values()].map(({ answer: { text, headers } }) => text + JSON.stringify([...headers]));
    expect(leaksIn(answers.join('\n') + latchkey.log() + (await latchkey.metrics()), fake.canaries)).toEqual([]);
  });

  test("it is nobody's defect: no stack trace is logged", () => {
    expect(latchkey.log()).not.toContain('"defect"');
  });

  test('the service is alive and serves as soon as Elasticsearch does', async () => {
    fake.forget();
    const [alive, listed] = [await latchkey.send('GET', '/livez'), await latchkey.call('user-keys.list')];
    expect([alive.status, listed.status]).toEqual([200, 200]);
  });
});
