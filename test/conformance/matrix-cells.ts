import { scopeOf, OPERATIONS, type OperationId } from '../../src/operations/operations.js';
import type { ClusterPrivileges } from '../../src/operations/cluster-privileges.js';
import type { Caller } from '../support/elasticsearch/index.ts';

/** The key that a cell is tried on belongs to the caller, to somebody else, or there is none. */
type On = 'nothing' | 'own' | 'foreign';

export interface Cell {
  operation: OperationId;
  on: On;
  method: string;
  /** `:id`, `:rotation` and `:name` stand for those of the key. */
  path: string;
  body?: (key: TriedKey) => object;
  /** The key has a rotation under way. */
  rotated?: boolean;
  success: number;
  /** What is answered where the table allows the operation and the key can be seen, if not success. */
  refusal?: (situation: Situation) => string | undefined;
}

export interface TriedKey {
  id: string;
  name: string;
  rotation: string;
}

export interface Situation {
  caller: Caller;
  on: On;
  /** The caller is the user that owns the key. */
  owns: boolean;
  privileges: ClusterPrivileges;
}

/** A credential profile that the service under test must have. */
export const PROFILE = 'matrix';

const REASON = { reason: 'matrix' };
const MARKS = { managed_by: 'matrix', owner: 'matrix', purpose: 'matrix' };
const NONE = { none: {} };
const ACCESS = { search: [{ names: ['logs-*'] }] };

const onBoth = (cell: Omit<Cell, 'on'>): Cell[] => [
  { ...cell, on: 'own' },
  { ...cell, on: 'foreign' },
];

/** Elasticsearch lets an API key update nothing, and nobody but the owner update a key. */
const ownerOnly = ({ caller, owns }: Situation): string | undefined =>
  caller.kind === 'api_key' ? '400 caller.is-api-key' : owns ? undefined : '403 key.not-owner';
const ownerRotates = ({ owns }: Situation): string | undefined => (owns ? undefined : '409 rotation.owner-required');

function reading(kind: 'user-keys' | 'managed-keys' | 'cross-cluster-keys'): Cell[] {
  const route = `/v1/${kind}`;
  return [
    { operation: `${kind}.list`, on: 'nothing', method: 'GET', path: route, success: 200 },
    { operation: `${kind}.summary`, on: 'nothing', method: 'GET', path: `${route}/_summary`, success: 200 },
    ...onBoth({ operation: `${kind}.get`, method: 'GET', path: `${route}/:id`, success: 200 }),
  ];
}

/** Every operation of the table, on keys of the caller and of others. */
export const CELLS: readonly Cell[] = [
  { operation: 'session.get', on: 'nothing', method: 'GET', path: '/v1/session', success: 200 },
  { operation: 'license.get', on: 'nothing', method: 'GET', path: '/v1/license', success: 200 },

  ...reading('user-keys'),
  // The only form that an API key may make as well.
  {
    operation: 'user-keys.create',
    on: 'nothing',
    method: 'POST',
    path: '/v1/user-keys',
    body: () => ({ name: 'matrix', role_descriptors: NONE }),
    success: 201,
  },
  ...onBoth({
    operation: 'user-keys.update',
    method: 'PATCH',
    path: '/v1/user-keys/:id',
    body: () => ({ metadata: { cell: true } }),
    success: 200,
    refusal: ownerOnly,
  }),
  ...onBoth({ operation: 'user-keys.invalidate', method: 'DELETE', path: '/v1/user-keys/:id', success: 204 }),
  ...onBoth({
    operation: 'user-keys.invalidate-many',
    method: 'POST',
    path: '/v1/user-keys/_invalidate',
    body: ({ id }) => ({ ids: [id] }),
    success: 200,
  }),

  ...reading('managed-keys'),
  {
    operation: 'managed-keys.expiring',
    on: 'nothing',
    method: 'GET',
    path: '/v1/managed-keys/_expiring',
    success: 200,
  },
  {
    operation: 'managed-keys.calendar',
    on: 'nothing',
    method: 'GET',
    path: '/v1/managed-keys/_expiring.ics',
    success: 200,
  },
  {
    operation: 'managed-keys.create',
    on: 'nothing',
    method: 'POST',
    path: '/v1/managed-keys',
    body: () => ({ name: 'matrix', ...MARKS, role_descriptors: NONE }),
    success: 201,
  },
  ...onBoth({
    operation: 'managed-keys.update',
    method: 'PATCH',
    path: '/v1/managed-keys/:id',
    body: ({ name }) => ({ metadata: { cell: true }, confirm: name, ...REASON }),
    success: 200,
    refusal: ownerOnly,
  }),
  ...onBoth({
    operation: 'managed-keys.invalidate',
    method: 'DELETE',
    path: '/v1/managed-keys/:id',
    body: ({ name }) => ({ confirm: name, ...REASON }),
    success: 204,
  }),
  ...onBoth({
    operation: 'managed-keys.invalidate-many',
    method: 'POST',
    path: '/v1/managed-keys/_invalidate',
    body: ({ id, name }) => ({ ids: [id], confirm: { [id]: name }, ...REASON }),
    success: 200,
  }),
  ...onBoth({
    operation: 'managed-keys.rotate',
    method: 'POST',
    path: '/v1/managed-keys/:id/rotate',
    body: () => ({ grace: '1h', ...REASON }),
    success: 201,
    refusal: ownerRotates,
  }),
  ...onBoth({
    operation: 'managed-keys.rotation',
    method: 'GET',
    path: '/v1/managed-keys/:id/rotations/:rotation',
    rotated: true,
    success: 200,
  }),
  ...onBoth({
    operation: 'managed-keys.cancel-rotation',
    method: 'POST',
    path: '/v1/managed-keys/:id/rotations/:rotation/cancel',
    body: () => REASON,
    rotated: true,
    success: 200,
    refusal: ownerRotates,
  }),
  ...onBoth({
    operation: 'managed-keys.finalize-rotation',
    method: 'POST',
    path: '/v1/managed-keys/:id/rotations/:rotation/finalize',
    body: () => REASON,
    rotated: true,
    success: 200,
  }),

  ...reading('cross-cluster-keys'),
  {
    operation: 'cross-cluster-keys.create',
    on: 'nothing',
    method: 'POST',
    path: '/v1/cross-cluster-keys',
    body: () => ({ name: 'matrix', access: ACCESS }),
    success: 201,
  },
  ...onBoth({
    operation: 'cross-cluster-keys.update',
    method: 'PATCH',
    path: '/v1/cross-cluster-keys/:id',
    body: () => ({ metadata: { cell: true } }),
    success: 200,
    refusal: ownerOnly,
  }),
  ...onBoth({
    operation: 'cross-cluster-keys.invalidate',
    method: 'DELETE',
    path: '/v1/cross-cluster-keys/:id',
    success: 204,
  }),
  ...onBoth({
    operation: 'cross-cluster-keys.invalidate-many',
    method: 'POST',
    path: '/v1/cross-cluster-keys/_invalidate',
    body: ({ id }) => ({ ids: [id] }),
    success: 200,
  }),
  ...onBoth({
    operation: 'cross-cluster-keys.connect',
    method: 'GET',
    path: '/v1/cross-cluster-keys/:id/connect',
    success: 200,
  }),
  ...onBoth({
    operation: 'cross-cluster-keys.rotate',
    method: 'POST',
    path: '/v1/cross-cluster-keys/:id/rotate',
    body: () => ({}),
    success: 201,
  }),
  ...onBoth({
    operation: 'cross-cluster-keys.finalize',
    method: 'POST',
    path: '/v1/cross-cluster-keys/:id/finalize',
    body: () => ({}),
    rotated: true,
    success: 200,
  }),
  {
    operation: 'cross-cluster-keys.match-identity',
    on: 'nothing',
    method: 'POST',
    path: '/v1/cross-cluster-keys/_match_identity',
    body: () => ({ certificate_identity: 'CN=a', subject: 'CN=a' }),
    success: 200,
  },

  { operation: 'credentials.list', on: 'nothing', method: 'GET', path: '/v1/credentials', success: 200 },
  { operation: 'credentials.role', on: 'nothing', method: 'GET', path: '/v1/credentials/_role', success: 200 },
  {
    operation: 'credentials.instances',
    on: 'nothing',
    method: 'GET',
    path: `/v1/credentials/${PROFILE}/instances`,
    success: 200,
  },
  {
    operation: 'credentials.envoy-config',
    on: 'nothing',
    method: 'GET',
    path: `/v1/credentials/${PROFILE}/envoy-config?latchkey_host=latchkey.svc&elasticsearch_host=es.svc&node_id=a&node_cluster=b`,
    success: 200,
  },
  { operation: 'leases.list', on: 'nothing', method: 'GET', path: '/v1/leases', success: 200 },
  {
    operation: 'leases.revoke-many',
    on: 'nothing',
    method: 'POST',
    path: '/v1/leases/_revoke',
    body: () => ({ profile: PROFILE, confirm: PROFILE, ...REASON }),
    success: 200,
  },
];

/** What a cell must answer, from the operations table and the rules of Elasticsearch. */
export function expectationOf(cell: Cell, situation: Situation): string {
  const { operation, on, success } = cell;
  const row = OPERATIONS[operation];
  const allowed = row.anyOf.length === 0 || row.anyOf.some((privilege) => situation.privileges[privilege]);
  if (!allowed) return '403 privilege.missing';
  const sees =
    on === 'nothing' || situation.owns || scopeOf(OPERATIONS['user-keys.get'], situation.privileges) === 'all';
  if (!sees) return operation.endsWith('.invalidate-many') ? '200 key.not-found' : '404 key.not-found';
  return cell.refusal?.(situation) ?? String(success);
}
