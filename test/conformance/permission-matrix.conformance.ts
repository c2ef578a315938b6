import { isAllowed, isOfWorkloads, OPERATION_IDS, OPERATIONS, scopeOf, type Operation, type OperationId } from '../../src/authorization/operations.js';
import { CLUSTER_PRIVILEGES, type ClusterPrivileges } from '../../src/identity/cluster-privileges.js';
import { type Caller } from '../support/elasticsearch/index.ts';
import type { Answer } from '../support/service.js';
import { CLASSES, PRIVILEGES } from './cases/callers.cases.js';
import { KEYS, UNKNOWN_ID, type World } from './world.js';

/** Operations that are carried out here, on keys of every owner. For the others it is tried whether they are open. */
type Covered = Extract<OperationId, `session.${string}` | `user-keys.${string}`>;

interface Cell {
  /** What is called, and on whose key. */
  title: string;
  operation: Covered;
  /** The key belongs to the caller, to somebody else, or there is none. */
  on: 'nothing' | 'own' | 'foreign';
  call(w: World, caller: Caller, keyId: string): Promise<Answer>;
}

const CELLS: Cell[] = [
  { title: 'session', operation: 'session.get', on: 'nothing', call: (w, caller) => w.send(caller, 'GET', '/v1/session') },
  {
    title: 'create a key',
    operation: 'user-keys.create',
    on: 'nothing',
    // The only form that an API key may make as well.
    call: (w, caller) => w.send(caller, 'POST', KEYS, { name: w.name('cell'), role_descriptors: { none: {} } }),
  },
  { title: 'list keys', operation: 'user-keys.list', on: 'nothing', call: (w, caller) => w.send(caller, 'GET', KEYS) },
  { title: 'summary', operation: 'user-keys.summary', on: 'nothing', call: (w, caller) => w.send(caller, 'GET', `${KEYS}/_summary`) },
  ...(['own', 'foreign'] as const).flatMap((on): Cell[] => [
    { title: `get a key (${on})`, operation: 'user-keys.get', on, call: (w, caller, id) => w.send(caller, 'GET', `${KEYS}/${id}`) },
    { title: `update a key (${on})`, operation: 'user-keys.update', on, call: (w, caller, id) => w.send(caller, 'PATCH', `${KEYS}/${id}`, { metadata: { cell: true } }) },
    { title: `invalidate a key (${on})`, operation: 'user-keys.invalidate', on, call: (w, caller, id) => w.send(caller, 'DELETE', `${KEYS}/${id}`) },
    { title: `invalidate several (${on})`, operation: 'user-keys.invalidate-many', on, call: (w, caller, id) => w.send(caller, 'POST', `${KEYS}/_invalidate`, { ids: [id] }) },
  ]),
];

const SUCCESS: Record<Covered, string> = {
  'session.get': '200',
  'user-keys.create': '201',
  'user-keys.list': '200',
  'user-keys.summary': '200',
  'user-keys.get': '200',
  'user-keys.update': '200',
  'user-keys.invalidate': '204',
  'user-keys.invalidate-many': '200 invalidated',
};

/** Every class of caller × every operation, on own and on others' keys, expected from the operations table alone. */
export function permissionMatrix(w: World): void {
  describe('permission matrix', () => {
    test('has a cell for every operation', async () => {
      expect([...new Set(CELLS.map(({ operation }) => operation))].sort()).toEqual(OPERATION_IDS.filter(isCovered).sort());
      expect((await otherRoutes(w)).map(({ operation }) => operation).sort()).toEqual(OPERATION_IDS.filter((id) => !isCovered(id) && !isOfWorkloads(OPERATIONS[id])).sort());
    });

    test.each(CLASSES)('to %s the operations on other kinds of keys are open or closed as the table says', async (name) => {
      const routes = await otherRoutes(w);
      const cells = await Promise.all(
        routes.map(async ({ operation, method, path }) => {
          const body = method === 'POST' || method === 'PATCH' ? {} : undefined;
          return [operation, openness(operation, await w.send(w.callers[name], method, path, body))];
        }),
      );
      const expected = routes.map(({ operation }) => [operation, isAllowed(OPERATIONS[operation], privilegesOf(name)) ? 'open' : 'closed']);
      expect(Object.fromEntries(cells)).toEqual(Object.fromEntries(expected));
    });

    test.each(CLASSES)('%s may do what the table says, and nothing else', async (name) => {
      const caller = w.callers[name];
      const cells = await Promise.all(
        CELLS.map(async (cell) => {
          const keyId = await keyFor(w, caller, cell);
          return [cell.title, outcome(await cell.call(w, caller, keyId))];
        }),
      );
      const expected = CELLS.map((cell) => [cell.title, expectation(cell, caller, privilegesOf(name))]);
      expect(Object.fromEntries(cells)).toEqual(Object.fromEntries(expected));
    });

    test('a wrong password may do nothing', async () => {
      const caller = w.callers.wrongPassword;
      const cells = await Promise.all(CELLS.map(async (cell) => [cell.title, outcome(await cell.call(w, caller, await keyFor(w, caller, { ...cell, on: 'foreign' })))]));
      expect(Object.fromEntries(cells)).toEqual(Object.fromEntries(CELLS.map(({ title }) => [title, '401 auth.invalid'])));
    });
  });
}

function isCovered(id: string): id is Covered {
  return /^(session|user-keys)\./.test(id);
}

interface Route {
  operation: Exclude<OperationId, Covered>;
  method: string;
  path: string;
}

/** From the OpenAPI document, on unknown ids and to be called with empty bodies, so that no call does anything. */
async function otherRoutes(w: World): Promise<Route[]> {
  const { body } = await w.latchkey.call('GET', '/openapi.json');
  return Object.entries<Record<string, { operationId?: string }>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { operationId }]) => operationId !== undefined && Object.hasOwn(OPERATIONS, operationId) && !isCovered(operationId) && !isOfWorkloads(OPERATIONS[operationId as OperationId]))
      .map(([method, { operationId }]) => ({ operation: operationId as Route['operation'], method: method.toUpperCase(), path: path.replace(/\{[^}]+\}/g, UNKNOWN_ID) })),
  );
}

/** Closed is only what the guard refuses; what is wrong with ids and bodies comes after it. */
function openness(id: Route['operation'], { status, body }: Answer): string {
  if (status === 401 || status === 500) return `${status} ${body?.code}`;
  // Open to everybody, but when Latchkey has no identity of its own Elasticsearch may refuse to show it to the caller.
  if (OPERATIONS[id].anyOf.length === 0) return 'open';
  return body?.code === 'privilege.missing' ? 'closed' : 'open';
}

/** A new key for one cell. */
async function keyFor(w: World, caller: Caller, { on }: Cell): Promise<string> {
  if (on === 'nothing') return '';
  const foreign = caller.username === w.callers.secondManageOwnApiKey.username ? w.callers.manageOwnApiKey : w.callers.secondManageOwnApiKey;
  return (await w.create(on === 'own' ? await ownerOf(w, caller) : foreign)).id;
}

/** The user behind the caller, for a caller that is a key; anybody with rights, for one who has none. */
async function ownerOf(w: World, caller: Caller): Promise<Caller> {
  const users = [w.callers.superuser, w.callers.manageSecurity, w.callers.manageApiKey, w.callers.manageOwnApiKey, w.callers.secondManageOwnApiKey];
  return users.find(({ username }) => username === caller.username) ?? w.callers.secondManageOwnApiKey;
}

function privilegesOf(name: keyof typeof PRIVILEGES): ClusterPrivileges {
  return Object.fromEntries(CLUSTER_PRIVILEGES.map((privilege) => [privilege, PRIVILEGES[name][privilege] === true])) as ClusterPrivileges;
}

function expectation({ operation, on }: Cell, caller: Caller, privileges: ClusterPrivileges): string {
  const row: Operation = OPERATIONS[operation];
  if (!isAllowed(row, privileges)) return '403 privilege.missing';
  // Its user's keys are not a key's own: Elasticsearch shows it no other key than itself.
  const isOwn = on === 'own' && caller.kind !== 'api_key';
  const canRead = on === 'nothing' || isOwn || scopeOf(OPERATIONS['user-keys.get'], privileges) === 'all';
  if (!canRead) return operation === 'user-keys.invalidate-many' ? '200 key.not-found' : '404 key.not-found';
  if (operation === 'user-keys.update' && caller.kind === 'api_key') return '400 caller.is-api-key';
  if (operation === 'user-keys.update' && !isOwn) return '403 key.not-owner';
  return SUCCESS[operation];
}

function outcome({ status, body }: Answer): string {
  if (body?.code !== undefined) return `${status} ${body.code}`;
  const [error] = body?.errors ?? [];
  if (error !== undefined) return `${status} ${error.code}`;
  return body?.invalidated?.length === 1 ? `${status} invalidated` : String(status);
}
