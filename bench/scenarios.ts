import { CREATED_KEY, METADATA, ROLE_DESCRIPTORS } from './upstream/answers.ts';

export type TargetKind = 'direct' | 'raw' | 'latchkey';

export interface Request {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
  expectedStatus: number;
}

export interface Scenario {
  name: string;
  /** Calls to Elasticsearch for one request through Latchkey, once the caller's privileges are remembered. */
  upstreamCalls: number;
  /** The same request as the API has it, and as Elasticsearch itself does. */
  api: Request;
  direct: Request;
}

const QUERY_PATH = '/_security/_query/api_key';
const NEW_KEY = JSON.stringify({
  name: CREATED_KEY.name,
  expiration: '30d',
  metadata: METADATA,
  role_descriptors: ROLE_DESCRIPTORS,
});

export const AUTHORIZATION = `Basic ${Buffer.from('orders-deployer:not-a-real-password').toString('base64')}`;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'get',
    upstreamCalls: 1,
    api: { method: 'GET', path: `/v1/user-keys/${CREATED_KEY.id}`, expectedStatus: 200 },
    direct: {
      method: 'POST',
      path: QUERY_PATH,
      body: JSON.stringify({ query: { ids: { values: [CREATED_KEY.id] } }, size: 1 }),
      expectedStatus: 200,
    },
  },
  {
    name: 'list50',
    upstreamCalls: 1,
    api: { method: 'GET', path: '/v1/user-keys?size=50', expectedStatus: 200 },
    direct: {
      method: 'POST',
      path: QUERY_PATH,
      body: JSON.stringify({ size: 51, sort: [{ creation: { order: 'desc' } }] }),
      expectedStatus: 200,
    },
  },
  {
    name: 'create',
    upstreamCalls: 2,
    api: { method: 'POST', path: '/v1/user-keys', body: NEW_KEY, expectedStatus: 201 },
    direct: { method: 'POST', path: '/_security/api_key?refresh=true', body: NEW_KEY, expectedStatus: 200 },
  },
];

export function requestOf(scenario: Scenario, kind: TargetKind): Request {
  return kind === 'direct' ? scenario.direct : scenario.api;
}
