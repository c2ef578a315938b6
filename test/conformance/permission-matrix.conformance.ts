import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isOfWorkloads, OPERATION_IDS, OPERATIONS } from '../../src/operations/operations.js';
import { CLUSTER_PRIVILEGES, type ClusterPrivileges } from '../../src/operations/cluster-privileges.js';
import { must, textAt } from '../support/elasticsearch/http.ts';
import { type Caller } from '../support/elasticsearch/index.ts';
import { RecordingProxy } from '../support/recording-proxy.js';
import { startLatchkey, type Answer, type Latchkey } from '../support/service.js';
import { CLASSES, PRIVILEGES } from './cases/callers.cases.js';
import { CELLS, expectationOf, PROFILE, type Cell, type TriedKey } from './matrix-cells.js';
import type { World } from './world.js';

const SERVICE_PASSWORD = 'matrix-service-1';
const MARKS = { managed_by: 'matrix', owner: 'matrix', purpose: 'matrix' };

/** Every class of caller × every operation, on own and on others' keys: the status, and as whom Elasticsearch was changed. */
export function permissionMatrix(w: World): void {
  describe('permission matrix', () => {
    let proxy: RecordingProxy;
    let latchkey: Latchkey;
    let service: string;
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-matrix-'));

    beforeAll(async () => {
      const username = w.name('matrix-service');
      await must(w.es, 'PUT', `/_security/role/${username}`, { cluster: ['manage_api_key', 'monitor'] });
      await must(w.es, 'PUT', `/_security/user/${username}`, { password: SERVICE_PASSWORD, roles: [username] });
      service = `Basic ${Buffer.from(`${username}:${SERVICE_PASSWORD}`).toString('base64')}`;
      const file = join(folder, 'profiles.json');
      writeFileSync(
        file,
        JSON.stringify({
          profiles: [
            { name: PROFILE, role_descriptors: { reader: { cluster: ['monitor'] } }, ttl: '15m', max_ttl: '1h' },
          ],
        }),
      );
      proxy = await RecordingProxy.start(w.es.url);
      latchkey = await startLatchkey(proxy.url, {
        ELASTICSEARCH_SERVICE_USERNAME: username,
        ELASTICSEARCH_SERVICE_PASSWORD: SERVICE_PASSWORD,
        LATCHKEY_PROFILES_FILE: file,
        LATCHKEY_KEY_WATCH_INTERVAL_MS: '0',
        LATCHKEY_INVALIDATION_SETTLE_MS: '20',
      });
    });
    afterAll(async () => {
      await latchkey?.stop();
      await proxy?.stop();
      rmSync(folder, { recursive: true });
    });

    test('has a cell for every operation of callers', () => {
      expect([...new Set(CELLS.map(({ operation }) => operation))].sort()).toEqual(
        OPERATION_IDS.filter((id) => !isOfWorkloads(OPERATIONS[id])).sort(),
      );
    });

    test.each(CLASSES)('%s may do what the table says, as itself and as nobody else', async (name) => {
      const caller = w.callers[name];
      const privileges = privilegesOf(name);
      const tried = await Promise.all(CELLS.map(async (cell) => ({ cell, key: await keyFor(w, caller, cell) })));
      const before = proxy.writes.length;
      const answers = await Promise.all(
        tried.map(async ({ cell, key }) => [
          titleOf(cell),
          outcome(
            await latchkey.call(cell.method, pathOf(cell, key), {
              authorization: caller.authorization,
              ...(cell.body && { body: cell.body(key) }),
            }),
          ),
        ]),
      );
      const expected = CELLS.map((cell) => {
        const owns =
          cell.on === 'own' && caller.kind !== 'api_key' && ownerFor(w, caller, cell).username === caller.username;
        return [titleOf(cell), expectationOf(cell, { caller, on: cell.on, owns, privileges })];
      });
      expect(Object.fromEntries(answers)).toEqual(Object.fromEntries(expected));
      expect(
        [...new Set(proxy.writes.slice(before).map(({ authorization }) => authorization))].filter(
          (who) => who !== caller.authorization,
        ),
      ).toEqual([]);
    });

    test.each(CLASSES)(
      'for %s the service acts under its own name only if it is a user who holds manage_security',
      async (name) => {
        const caller = w.callers[name];
        const before = proxy.writes.length;
        const answer = await latchkey.call('POST', '/v1/managed-keys', {
          authorization: caller.authorization,
          body: { name: w.name('as-service'), ...MARKS, as: 'service', role_descriptors: { none: {} } },
        });
        const { manage_own_api_key: mayCreate, manage_security: isManager } = privilegesOf(name);
        const expected = !mayCreate
          ? '403 privilege.missing'
          : caller.kind === 'api_key'
            ? '400 caller.is-api-key'
            : isManager
              ? '201'
              : '403 privilege.missing';
        expect(outcome(answer)).toBe(expected);
        expect(proxy.writes.slice(before).map(({ authorization }) => authorization)).toEqual(
          expected === '201' ? [service] : [],
        );
      },
    );

    test('a wrong password may do nothing', async () => {
      const caller = w.callers.wrongPassword;
      const before = proxy.writes.length;
      const key = { id: 'AAAAAAAAAAAAAAAAAAAA', name: 'x', rotation: 'AAAAAAAAAAAAAAAAAAAB' };
      const answers = await Promise.all(
        CELLS.map(async (cell) => [
          titleOf(cell),
          outcome(
            await latchkey.call(cell.method, pathOf(cell, key), {
              authorization: caller.authorization,
              ...(cell.body && { body: cell.body(key) }),
            }),
          ),
        ]),
      );
      expect(Object.fromEntries(answers)).toEqual(
        Object.fromEntries(CELLS.map((cell) => [titleOf(cell), '401 auth.invalid'])),
      );
      expect(proxy.writes.slice(before)).toEqual([]);
    });
  });
}

function titleOf({ operation, on }: Cell): string {
  return on === 'nothing' ? operation : `${operation} (${on})`;
}

function pathOf({ path }: Cell, { id, rotation }: TriedKey): string {
  return path.replace(':id', id).replace(':rotation', rotation);
}

/** A new key of the cell's kind, made at Elasticsearch itself, with a rotation under way where the cell wants one. */
async function keyFor(w: World, caller: Caller, cell: Cell): Promise<TriedKey> {
  const name = w.name('cell');
  if (cell.on === 'nothing') return { id: '', name, rotation: '' };
  const owner = ownerFor(w, caller, cell);
  const make = async (mark?: object): Promise<string> => {
    const metadata = {
      ...(cell.operation.startsWith('managed-keys') && { managed: true }),
      ...(mark && { latchkey: mark }),
    };
    if (!cell.operation.startsWith('cross-cluster')) return (await w.createDirectly(owner, { name, metadata })).id;
    return textAt(
      await must(
        w.es,
        'POST',
        '/_security/cross_cluster/api_key',
        { name, access: { search: [{ names: ['logs-*'] }] }, metadata },
        owner.authorization,
      ),
      'id',
    );
  };
  const id = await make();
  if (!cell.rotated) return { id, name, rotation: '' };
  const graceUntil = Date.now() + 3_600_000;
  // The end of the old key brought forward, as a rotation does, so that only its owner can cancel.
  if (cell.operation === 'managed-keys.cancel-rotation')
    await must(w.es, 'PUT', `/_security/api_key/${id}`, { expiration: '59m' }, owner.authorization);
  return {
    id,
    name,
    rotation: await make({ replaces: id, rotation_started: Date.now(), grace_until: graceUntil, way: 'owner' }),
  };
}

/** The user behind the caller for `own`; where that one could make no such key, anybody who can. */
function ownerFor(w: World, caller: Caller, { on, operation }: Cell): Caller {
  const { superuser, manageSecurity, manageApiKey, manageOwnApiKey, secondManageOwnApiKey } = w.callers;
  if (operation.startsWith('cross-cluster')) {
    const own = [superuser, manageSecurity].find(({ username }) => username === caller.username);
    return on === 'own' ? (own ?? superuser) : own === superuser ? manageSecurity : superuser;
  }
  if (on === 'foreign')
    return caller.username === secondManageOwnApiKey.username ? manageOwnApiKey : secondManageOwnApiKey;
  return (
    [superuser, manageSecurity, manageApiKey, manageOwnApiKey, secondManageOwnApiKey].find(
      ({ username }) => username === caller.username,
    ) ?? secondManageOwnApiKey
  );
}

function privilegesOf(name: keyof typeof PRIVILEGES): ClusterPrivileges {
  return Object.fromEntries(
    CLUSTER_PRIVILEGES.map((privilege) => [privilege, PRIVILEGES[name][privilege] === true]),
  ) as ClusterPrivileges;
}

function outcome({ status, body }: Answer): string {
  if (body?.code !== undefined) return `${status} ${body.code}`;
  const [error] = body?.errors ?? [];
  return error === undefined ? String(status) : `${status} ${error.code}`;
}
