import {
  FakeElasticsearch,
  FAULTS,
  type Endpoint,
  type FakeKey,
  type FaultName,
} from '../support/fake-elasticsearch.js';
import {
  basicOf,
  startForFaults,
  type Answered,
  type FaultServices,
  type ServiceUnderTest,
} from '../support/fault-service.js';
import { leaksIn } from '../support/leaks.js';
import { PROMISED } from '../support/promised-faults.js';

const MANAGED: Partial<FakeKey> = { name: 'kept', metadata: { managed: true } };
const CROSS_CLUSTER: Partial<FakeKey> = { name: 'kept', type: 'cross_cluster' };
const REASON = { reason: 'fault' };
const MARKS = { managed_by: 'a', owner: 'b', purpose: 'c' };
const ACCESS = { search: [{ names: ['logs-*'] }] };

interface Tried {
  operation: string;
  key: Partial<FakeKey>;
  method: string;
  /** `:id` stands for the key's. */
  path: string;
  body?: (id: string) => object;
  /** The endpoint that goes wrong. */
  action: Endpoint;
  write: boolean;
}

const TRIED: Tried[] = [
  {
    operation: 'managed-keys.list',
    key: MANAGED,
    method: 'GET',
    path: '/v1/managed-keys',
    action: 'query',
    write: false,
  },
  {
    operation: 'managed-keys.summary',
    key: MANAGED,
    method: 'GET',
    path: '/v1/managed-keys/_summary',
    action: 'query',
    write: false,
  },
  {
    operation: 'managed-keys.expiring',
    key: MANAGED,
    method: 'GET',
    path: '/v1/managed-keys/_expiring',
    action: 'query',
    write: false,
  },
  {
    operation: 'managed-keys.get',
    key: MANAGED,
    method: 'GET',
    path: '/v1/managed-keys/:id',
    action: 'query',
    write: false,
  },
  {
    operation: 'managed-keys.create',
    key: MANAGED,
    method: 'POST',
    path: '/v1/managed-keys',
    body: () => ({ name: 'made', ...MARKS }),
    action: 'create',
    write: true,
  },
  {
    operation: 'managed-keys.update',
    key: MANAGED,
    method: 'PATCH',
    path: '/v1/managed-keys/:id',
    body: () => ({ metadata: { a: 1 }, confirm: 'kept', ...REASON }),
    action: 'update',
    write: true,
  },
  {
    operation: 'managed-keys.invalidate',
    key: MANAGED,
    method: 'DELETE',
    path: '/v1/managed-keys/:id',
    body: () => ({ confirm: 'kept', ...REASON }),
    action: 'invalidate',
    write: true,
  },
  {
    operation: 'managed-keys.invalidate-many',
    key: MANAGED,
    method: 'POST',
    path: '/v1/managed-keys/_invalidate',
    body: (id) => ({ ids: [id], confirm: { [id]: 'kept' }, ...REASON }),
    action: 'invalidate',
    write: true,
  },
  {
    operation: 'managed-keys.rotate',
    key: MANAGED,
    method: 'POST',
    path: '/v1/managed-keys/:id/rotate',
    body: () => ({ grace: '1h', ...REASON }),
    action: 'create',
    write: true,
  },
  {
    operation: 'cross-cluster-keys.list',
    key: CROSS_CLUSTER,
    method: 'GET',
    path: '/v1/cross-cluster-keys',
    action: 'query',
    write: false,
  },
  {
    operation: 'cross-cluster-keys.get',
    key: CROSS_CLUSTER,
    method: 'GET',
    path: '/v1/cross-cluster-keys/:id',
    action: 'query',
    write: false,
  },
  {
    operation: 'cross-cluster-keys.connect',
    key: CROSS_CLUSTER,
    method: 'GET',
    path: '/v1/cross-cluster-keys/:id/connect',
    action: 'query',
    write: false,
  },
  {
    operation: 'cross-cluster-keys.create',
    key: CROSS_CLUSTER,
    method: 'POST',
    path: '/v1/cross-cluster-keys',
    body: () => ({ name: 'made', access: ACCESS }),
    action: 'create',
    write: true,
  },
  {
    operation: 'cross-cluster-keys.update',
    key: CROSS_CLUSTER,
    method: 'PATCH',
    path: '/v1/cross-cluster-keys/:id',
    body: () => ({ metadata: { a: 1 } }),
    action: 'update',
    write: true,
  },
  {
    operation: 'cross-cluster-keys.invalidate',
    key: CROSS_CLUSTER,
    method: 'DELETE',
    path: '/v1/cross-cluster-keys/:id',
    action: 'invalidate',
    write: true,
  },
  {
    operation: 'cross-cluster-keys.rotate',
    key: CROSS_CLUSTER,
    method: 'POST',
    path: '/v1/cross-cluster-keys/:id/rotate',
    body: () => ({}),
    action: 'create',
    write: true,
  },
];

/** One of each way in which a call can end; test/fault/upstream-faults.spec.ts has them all, on user keys. */
const FAULT_NAMES: FaultName[] = [
  'resetBeforeHeaders',
  'resetAfterCommit',
  'neverAnswer',
  'dribble',
  'busyWithRetryAfter',
  'status503',
  'status500',
  'truncatedJson',
  'wrongShape',
  'html',
  'missingProductHeader',
];

let fake: FakeElasticsearch;
let services: FaultServices;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  services = await startForFaults(fake);
});
afterAll(async () => {
  await services.stop();
  await fake.close();
});

describe.each(FAULT_NAMES)('when Elasticsearch fails by %s', (fault) => {
  const promised = PROMISED[fault];
  const outcomes = new Map<string, { answer: Answered; attempts: number }>();
  let latchkey: ServiceUnderTest;

  beforeAll(async () => {
    latchkey = services.for(promised);
    fake.forget();
    latchkey.clearLog();
    // Each with a caller and a key of its own, so that all run at once.
    await Promise.all(
      TRIED.map(async ({ operation, key, method, path, body, action }) => {
        const authorization = basicOf(operation);
        const id = Buffer.from(operation).toString('base64url');
        fake.addKey({ ...key, id });
        fake.break(action, FAULTS[fault], authorization);
        const answer = await latchkey.send(method, path.replace(':id', id), {
          headers: { authorization },
          ...(body && { body: body(id) }),
        });
        outcomes.set(operation, { answer, attempts: fake.received(action, authorization).length });
      }),
    );
  });

  test.each(TRIED)(`$operation is answered ${promised.status} ${promised.code}`, ({ operation }) => {
    const answer = outcomes.get(operation)?.answer;
    expect([answer?.status, answer?.json['code']]).toEqual([promised.status, promised.code]);
  });

  test.each(TRIED.filter(({ write }) => write))('$operation is sent exactly once', ({ operation }) => {
    expect(outcomes.get(operation)?.attempts).toBe(1);
  });

  test('no secret of a failed answer is in an answer of ours or the log, and nothing is a defect', () => {
    const answers = [...outcomes.values()].map(({ answer: { text, headers } }) => text + JSON.stringify([...headers]));
    expect(leaksIn(answers.join('\n') + latchkey.log(), fake.canaries)).toEqual([]);
    expect(latchkey.log()).not.toContain('"defect"');
  });
});
