import type { CredentialObserver } from '../../src/telemetry/credential-observer.js';
import type { AuditEvent } from '../../src/audit/audit-event.js';
import type { AuditTrail } from '../../src/audit/audit-trail.js';
import { KeyEnder } from '../../src/keys/ending/key-ender.service.js';
import type { RevivalWatch } from '../../src/keys/ending/revival-watch.service.js';
import type { KeyProbe } from '../../src/elasticsearch/key-probe.js';
import { Settings } from '../../src/config/settings.js';
import { Auditor } from '../../src/audit/auditor.js';
import { Revocations } from '../../src/credentials/keys/revocations.js';
import { Wakeups } from '../../src/credentials/keys/wakeups.js';
import { LeaseRevoker } from '../../src/credentials/operators/lease-revoker.service.js';
import type { RevokedLeasesResponse } from '../../src/credentials/operators/operators.responses.dto.js';
import type { ProfileStore } from '../../src/credentials/profiles/profile-store.js';
import type { CallerGateway } from '../../src/elasticsearch/caller-gateway.js';
import type { KeyPage } from '../../src/elasticsearch/elasticsearch-types.js';
import { ServiceError } from '../../src/errors/service-error.js';
import type { AuthorizedCaller } from '../../src/identity/request-context.js';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { must, type Json } from '../support/elasticsearch/http.ts';

/** More than one page (1,000), and more than one call invalidates. */
const LEASES = 1500;
const GONE = 700;

const caller = {
  requestId: 'r',
  credential: {},
  caller: { username: 'admin', realm: { name: 'r' } },
} as unknown as AuthorizedCaller;
const order = { profile: 'many', confirm: 'many', reason: 'a test' };
const observer = { leaseChanged: () => undefined } as unknown as CredentialObserver;

let sandbox: Sandbox;
let ids: string[];
let revocations: Revocations;
let recorded: AuditEvent[];

beforeEach(async () => {
  sandbox = await startSandbox();
  ids = [];
  while (ids.length < LEASES) ids.push(...(await Promise.all(Array.from({ length: 50 }, () => newLease()))));
  revocations = new Revocations(new Wakeups());
  recorded = [];
});
afterEach(() => sandbox.close());

async function newLease(): Promise<string> {
  const lease = {
    form: '1',
    profile: 'many',
    subject: 'spiffe://t/a',
    source: 'mtls',
    max_until: Date.now() + 3_600_000,
  };
  const { id } = await must(sandbox, 'POST', '/_security/api_key', {
    name: 'many',
    expiration: '1h',
    metadata: { managed_by: 'latchkey', latchkey: { lease } },
  });
  return id as string;
}

async function query(body: Json): Promise<KeyPage> {
  const answer = await must(sandbox, 'POST', '/_security/_query/api_key', body);
  return { total: answer['total'], keys: answer['api_keys'], aggregations: {} } as KeyPage;
}

const invalidate = (some: readonly string[]): Promise<Json> =>
  must(sandbox, 'DELETE', '/_security/api_key', { ids: some });

const livingAmong = async (some: readonly string[]): Promise<string[]> => {
  const wanted = { bool: { filter: [{ ids: { values: some } }, { term: { invalidated: false } }] } };
  return (await query({ query: wanted, size: some.length })).keys.map(({ id }) => id);
};

const living = async (): Promise<number> => (await query({ query: { term: { invalidated: false } }, size: 0 })).total;

/** Revokes them as the interceptor of the route does. */
function revoke(gateway: Json): Promise<RevokedLeasesResponse> {
  const trail = { note: (event: AuditEvent) => Promise.resolve(void recorded.push(event)) } as unknown as AuditTrail;
  const ender = new KeyEnder(
    { living: livingAmong } as unknown as KeyProbe,
    { watch: () => undefined } as unknown as RevivalWatch,
    Object.assign(new Settings(), { invalidationSettleMs: 0 }),
  );
  const revoker = new LeaseRevoker(
    gateway as unknown as CallerGateway,
    revocations,
    { find: () => undefined } as unknown as ProfileStore,
    observer,
    ender,
  );
  return new Auditor(trail).carryOut('leases.revoke-many', caller, revoker.revoke(caller, order));
}

test('leases that end by themselves while many are revoked let no other escape', async () => {
  let pages = 0;
  const queryKeys = async (_: unknown, body: Json): Promise<KeyPage> => {
    const page = await query(body);
    if (page.keys.length === 1000 && (pages += 1) === 1) await invalidate(ids.slice(0, GONE));
    return page;
  };
  const answer = await revoke({ queryKeys, invalidateKeys: (_: unknown, some: string[]) => invalidate(some) });
  expect([answer, await living()]).toEqual([{ found: LEASES, revoked: LEASES, complete: true }, 0]);
});

test('leases that are made while many are revoked are left alone', async () => {
  const invalidateKeys = async (_: unknown, some: string[]): Promise<void> => {
    await invalidate(some);
    await newLease();
  };
  const answer = await revoke({ queryKeys: (_: unknown, body: Json) => query(body), invalidateKeys });
  expect([answer.found, await living()]).toEqual([LEASES, 2]);
});

test('a revocation that fails half way is recorded with what it has ended', async () => {
  let calls = 0;
  const invalidateKeys = (_: unknown, some: string[]): Promise<unknown> => {
    calls += 1;
    return calls === 1 ? invalidate(some) : Promise.reject(new ServiceError('upstream.unavailable', 'gone'));
  };
  await expect(revoke({ queryKeys: (_: unknown, body: Json) => query(body), invalidateKeys })).rejects.toThrow('gone');
  expect(await living()).toBe(LEASES - 1000);
  expect(recorded).toEqual([
    expect.objectContaining({
      outcome: 'failure',
      error_code: 'upstream.unavailable',
      count: 1000,
      selection: 'profile many',
    }),
  ]);
  expect(new Set(recorded[0]?.key_ids)).toEqual(new Set(ids.filter((id) => revocations.has(id))));
});
