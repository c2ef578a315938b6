import { isAllowed, operation, OPERATION_IDS, type OperationId } from '../../src/authorization/operations.js';
import type { ClusterPrivileges } from '../../src/identity/cluster-privileges.js';
import type { CallerName, Endpoint } from '../support/elasticsearch/index.ts';
import { prepare, unique, type Subject } from './subject.js';

const LONG_MS = 60_000;
const CALLERS: CallerName[] = ['superuser', 'manageSecurity', 'manageApiKey', 'manageOwnApiKey', 'readSecurity', 'monitorOnly', 'none', 'apiKey', 'ownApiKey'];
const UNKNOWN = 'nosuchkeynosuchkey00';

/** A request for each operation that the guard lets through for those who may, and that then does no harm. */
const REQUESTS: Record<OperationId, { method: string; path: string; body?: unknown }> = {
  'session.get': { method: 'GET', path: '/v1/session' },
  'license.get': { method: 'GET', path: '/v1/license' },
  'user-keys.create': { method: 'POST', path: '/v1/user-keys', body: { name: 'matrix', expiration: '1h', role_descriptors: { none: {} } } },
  'user-keys.list': { method: 'GET', path: '/v1/user-keys?size=1' },
  'user-keys.summary': { method: 'GET', path: '/v1/user-keys/_summary' },
  'user-keys.get': { method: 'GET', path: `/v1/user-keys/${UNKNOWN}` },
  'user-keys.update': { method: 'PATCH', path: `/v1/user-keys/${UNKNOWN}`, body: { metadata: {} } },
  'user-keys.invalidate': { method: 'DELETE', path: `/v1/user-keys/${UNKNOWN}` },
  'user-keys.invalidate-many': { method: 'POST', path: '/v1/user-keys/_invalidate', body: { ids: [UNKNOWN] } },
  'cross-cluster-keys.create': { method: 'POST', path: '/v1/cross-cluster-keys', body: { name: 'matrix', expiration: '1h', access: { search: [{ names: ['logs-*'] }] } } },
  'cross-cluster-keys.list': { method: 'GET', path: '/v1/cross-cluster-keys?size=1' },
  'cross-cluster-keys.summary': { method: 'GET', path: '/v1/cross-cluster-keys/_summary' },
  'cross-cluster-keys.get': { method: 'GET', path: `/v1/cross-cluster-keys/${UNKNOWN}` },
  'cross-cluster-keys.update': { method: 'PATCH', path: `/v1/cross-cluster-keys/${UNKNOWN}`, body: { metadata: {} } },
  'cross-cluster-keys.invalidate': { method: 'DELETE', path: `/v1/cross-cluster-keys/${UNKNOWN}` },
  'cross-cluster-keys.invalidate-many': { method: 'POST', path: '/v1/cross-cluster-keys/_invalidate', body: { ids: [UNKNOWN] } },
  'cross-cluster-keys.connect': { method: 'GET', path: `/v1/cross-cluster-keys/${UNKNOWN}/connect` },
  'cross-cluster-keys.rotate': { method: 'POST', path: `/v1/cross-cluster-keys/${UNKNOWN}/rotate` },
  'cross-cluster-keys.finalize': { method: 'POST', path: `/v1/cross-cluster-keys/${UNKNOWN}/finalize` },
  'cross-cluster-keys.match-identity': { method: 'POST', path: '/v1/cross-cluster-keys/_match_identity', body: { certificate_identity: 'CN=a', subject: 'CN=a' } },
};

/** Every class of caller on every operation, as the operations table says; the table is the only expectation. */
export function permissionMatrixSuite(es: () => Endpoint): void {
  let s: Subject;
  beforeAll(async () => {
    s = await prepare(es());
  }, LONG_MS);
  afterAll(() => s?.latchkey.stop());

  test.each(CALLERS)('the caller class %s may do what the operations table says, and nothing else', async (name) => {
    const privileges = (await s.latchkey.send(s.callers[name], 'GET', '/v1/session')).body.privileges as ClusterPrivileges;
    const expected: Record<string, string> = {};
    const found: Record<string, string> = {};
    for (const id of OPERATION_IDS) {
      const { method, path, body } = REQUESTS[id];
      const answer = await s.latchkey.send(s.callers[name], method, path, body, { 'x-request-id': unique('matrix') });
      expected[id] = isAllowed(operation(id), privileges) ? 'open' : 'privilege.missing';
      found[id] = answer.body.code === 'privilege.missing' && id !== 'license.get' ? 'privilege.missing' : 'open';
      expect(answer.status).toBeLessThan(500);
    }
    expect(found).toEqual(expected);
  }, LONG_MS);
}
