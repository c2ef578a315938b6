import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { MovableClock } from '../support/clock.js';
import { RecordingProxy } from '../support/recording-proxy.js';
import type { Answer, Latchkey } from '../support/service.js';
import { eventually, until } from '../support/wait.js';
import { codeOf, Fixture, KEYS, READER, type Made } from './fixture.ts';

let sandbox: Sandbox;
let proxy: RecordingProxy;
let fixture: Fixture;
let clock: MovableClock;
/** The end that was given back is this near to the first one; the grace ended weeks before it. */
const NEAR_MS = 600_000;
/** The grace of a rotation in these tests, and longer. */
const GRACE_MS = 3_601_000;

beforeAll(async () => {
  clock = new MovableClock();
  sandbox = await startSandbox();
  fixture = new Fixture(sandbox);
  await fixture.open({ LATCHKEY_INVALIDATION_SETTLE_MS: '0', LATCHKEY_KEY_WATCH_INTERVAL_MS: '200' });
  proxy = await RecordingProxy.start(sandbox.url);
});
afterAll(async () => {
  await proxy.stop();
  await fixture.close();
  await sandbox.close();
  clock.restore();
});
afterEach(() => {
  proxy.breakCalls(undefined);
  proxy.delayCalls(undefined);
});

/** Latchkey that reaches Elasticsearch through the proxy. */
async function withLatchkey(env: Record<string, string>, work: (latchkey: Latchkey) => Promise<void>): Promise<void> {
  const latchkey = await fixture.start({
    ELASTICSEARCH_URL: proxy.url,
    LATCHKEY_INVALIDATION_SETTLE_MS: '0',
    LATCHKEY_KEY_WATCH_INTERVAL_MS: '0',
    ...env,
  });
  try {
    await work(latchkey);
  } finally {
    await latchkey.stop();
  }
}

const end = (how: 'cancel' | 'finalize', id: string, rotation: string, through?: Latchkey): Promise<Answer> =>
  fixture.send(
    fixture.callers.manageOwnApiKey,
    'POST',
    `${KEYS}/${id}/rotations/${rotation}/${how}`,
    { reason: how },
    {},
    through,
  );

const successorOf = ({ id, key }: Made): Promise<string> =>
  eventually(async () => {
    const { body } = await fixture.send(fixture.callers.manageOwnApiKey, 'GET', `${KEYS}?name=${key.name}`);
    const found = body.items.find((item: { id: string }) => item.id !== id);
    if (found === undefined) throw new Error('there is no successor');
    return found.id as string;
  });

const rotate = (latchkey: Latchkey, id: string, headers?: Record<string, string>): Promise<Answer> =>
  fixture.send(
    fixture.callers.manageOwnApiKey,
    'POST',
    `${KEYS}/${id}/rotate`,
    { grace: '1h', reason: 'fault' },
    headers,
    latchkey,
  );

test('when the end of the old key cannot be set, the answer says what stands and holds the secret, and a second call goes on from there', async () => {
  await withLatchkey({}, async (latchkey) => {
    const old = await fixture.make(fixture.callers.manageOwnApiKey);
    const headers = { 'idempotency-key': 'fault-000000000001' };
    proxy.breakCalls(({ method, path }) => method === 'PUT' && path.endsWith(old.id));
    const first = await rotate(latchkey, old.id, headers);
    expect(first.body).toMatchObject({
      rotation: { state: 'incomplete' },
      failed_step: { code: 'upstream.unavailable', detail: expect.stringContaining('Both keys live') },
    });
    expect(await Promise.all([fixture.lives(old.encoded), fixture.lives(first.body.secret.encoded)])).toEqual([
      true,
      true,
    ]);
    proxy.breakCalls(undefined);
    const second = await rotate(latchkey, old.id, headers);
    expect([second.status, second.body.rotation.state, second.body.key.id, second.body.secret]).toEqual([
      200,
      'grace',
      first.body.key.id,
      null,
    ]);
    expect(second.body.failed_step).toBeUndefined();
  });
});

test('a rotation that is cancelled before the end of the old key is set leaves the old key as it is, and says that the secret is dead', async () => {
  await withLatchkey({}, async (latchkey) => {
    const old = await fixture.make(fixture.callers.manageOwnApiKey);
    const cancelled = Promise.withResolvers<void>();
    proxy.delayCalls(({ method, path }) =>
      method === 'POST' && path === '/_security/api_key' ? { answer: cancelled.promise } : undefined,
    );
    const rotating = rotate(latchkey, old.id);
    expect((await end('cancel', old.id, await successorOf(old))).body.state).toBe('cancelled');
    cancelled.resolve();
    const { body } = await rotating;
    expect(body).toMatchObject({
      rotation: { state: 'cancelled' },
      grace_kept_by: 'nobody',
      failed_step: { code: 'rotation.not-ready', detail: expect.stringContaining('The old key was left as it is') },
    });
    expect((await fixture.raw(old.id))['expiration']).toBeUndefined();
  });
});

test('a cancelled rotation gives the old key its end back, also when that end was set late', async () => {
  await withLatchkey({}, async (latchkey) => {
    const old = await fixture.make(fixture.callers.manageOwnApiKey, { expiration: '20d' });
    proxy.delayCalls(({ method }) => (method === 'PUT' ? { call: sleep(1500) } : undefined));
    const { body } = await rotate(latchkey, old.id);
    expect(body.rotation.state).toBe('grace');
    expect((await end('cancel', old.id, body.key.id)).body.state).toBe('cancelled');
    expect(Math.abs(Number((await fixture.raw(old.id))['expiration']) - old.key.expiration)).toBeLessThan(NEAR_MS);
  });
});

test('a cancel that does not give the old key its end back leaves the new key alive and says so', async () => {
  await withLatchkey({}, async (latchkey) => {
    const old = await fixture.make(fixture.callers.manageOwnApiKey, { expiration: '20d' });
    const { body } = await rotate(latchkey, old.id);
    proxy.breakCalls(({ method }) => method === 'PUT', '{"updated":true}');
    expect(codeOf(await end('cancel', old.id, body.key.id, latchkey))).toBe('409 rotation.not-ready');
    expect(await fixture.lives(body.secret.encoded)).toBe(true);
  });
});

test('a rotation stays finalized when its new key has been rotated in its turn', async () => {
  const { manageOwnApiKey: owner } = fixture.callers;
  const first = await fixture.make(owner);
  const second = (await rotate(fixture.latchkey, first.id)).body.key.id;
  await end('finalize', first.id, second);
  await sleep(20);
  const third = (await rotate(fixture.latchkey, second)).body.key.id;
  await end('finalize', second, third);
  const read = await fixture.send(owner, 'GET', `${KEYS}/${first.id}/rotations/${second}`);
  expect(read.body).toMatchObject({ state: 'finalized', new_key: { status: 'invalidated' } });
});

test('of two replicas that rotate a key at once, the later one takes its new key back and names the other', async () => {
  await withLatchkey({}, async (latchkey) => {
    const old = await fixture.make(fixture.callers.manageOwnApiKey);
    const headers = { 'idempotency-key': 'fault-000000000002' };
    const writes = proxy.writes.length;
    const overtaken = Promise.withResolvers<void>();
    proxy.delayCalls(({ method, path }) =>
      method === 'POST' && path === '/_security/api_key' ? { call: overtaken.promise } : undefined,
    );
    const late = rotate(latchkey, old.id, headers);
    await until(() => proxy.writes.length > writes);
    const first = await rotate(fixture.latchkey, old.id, headers);
    overtaken.resolve();
    const refused = await late;
    expect([codeOf(first), codeOf(refused), refused.body.new_key_id]).toEqual([
      '201',
      '409 rotation.in-progress',
      first.body.key.id,
    ]);
    const { body } = await fixture.send(
      fixture.callers.manageOwnApiKey,
      'GET',
      `${KEYS}?name=${old.key.name}&status=active`,
    );
    expect(body.items.map(({ id }: { id: string }) => id).sort()).toEqual([old.id, first.body.key.id].sort());
  });
});

test('when the new key cannot be made, the old one is as it was', async () => {
  await withLatchkey({}, async (latchkey) => {
    const old = await fixture.make(fixture.callers.manageOwnApiKey);
    proxy.breakCalls(({ method, path }) => method === 'POST' && path === '/_security/api_key');
    expect(codeOf(await rotate(latchkey, old.id))).toBe('503 upstream.unavailable');
    expect((await fixture.raw(old.id))['expiration']).toBeUndefined();
  });
});

test('when the rotation cannot be recorded, no secret leaves, the new key is ended and the old one is as it was', async () => {
  await withLatchkey({ LATCHKEY_AUDIT_FILE: '/dev/full' }, async (latchkey) => {
    const old = await fixture.make(fixture.callers.manageOwnApiKey);
    const before = proxy.writes.length;
    const answer = await rotate(latchkey, old.id);
    expect(codeOf(answer)).toBe('503 audit.unavailable');
    expect(answer.text).not.toContain('encoded');
    expect(proxy.writes.slice(before).map(({ method }) => method)).toEqual(['POST', 'DELETE']);
    expect((await fixture.raw(old.id))['expiration']).toBeUndefined();
  });
});

test('when the rotation by the holder of the old secret cannot be recorded, the clone is ended too, though it belongs to somebody else', async () => {
  await withLatchkey({ LATCHKEY_AUDIT_FILE: '/dev/full' }, async (latchkey) => {
    const old = await fixture.make(fixture.callers.manageOwnApiKey);
    const body = { grace: '1h', reason: 'fault', encoded: old.encoded };
    expect(
      codeOf(await fixture.send(fixture.callers.manageApiKey, 'POST', `${KEYS}/${old.id}/rotate`, body, {}, latchkey)),
    ).toBe('503 audit.unavailable');
    const { body: list } = await fixture.send(
      fixture.callers.superuser,
      'GET',
      `${KEYS}?name=${encodeURIComponent(old.key.name)}&sort=creation`,
    );
    expect(list.items.map((key: { status: string }) => key.status).sort()).toEqual(['active', 'invalidated']);
    expect(await fixture.lives(old.encoded)).toBe(true);
  });
});

test('when the note for the end of the old key cannot be written, the holder of the old secret goes on from there, once', async () => {
  await withLatchkey({}, async (latchkey) => {
    const old = await fixture.make(fixture.callers.manageOwnApiKey);
    const headers = { 'idempotency-key': 'fault-clone-00000001' };
    const body = { grace: '1h', reason: 'fault', encoded: old.encoded };
    const rotateAsHolder = (): Promise<Answer> =>
      fixture.send(fixture.callers.manageApiKey, 'POST', `${KEYS}/${old.id}/rotate`, body, headers, latchkey);
    const notes = async (): Promise<number> =>
      (
        await fixture.send(
          fixture.callers.superuser,
          'GET',
          `${KEYS}?name=${encodeURIComponent(`latchkey/grace/${old.id}`)}`,
        )
      ).body.total;
    proxy.breakCalls(({ method, path }) => method === 'POST' && path === '/_security/api_key');
    const first = await rotateAsHolder();
    expect([first.status, first.body.grace_kept_by, first.body.failed_step?.code, await notes()]).toEqual([
      201,
      'nobody',
      'upstream.unavailable',
      0,
    ]);
    proxy.breakCalls(undefined);
    const second = await rotateAsHolder();
    expect([second.status, second.body.grace_kept_by, second.body.failed_step, second.body.key.id]).toEqual([
      200,
      'service',
      undefined,
      first.body.key.id,
    ]);
    await rotateAsHolder();
    expect(await notes()).toBe(1);
    clock.forward(GRACE_MS);
    await until(async () => !(await fixture.lives(old.encoded)));
    expect(await Promise.all([fixture.lives(old.encoded), fixture.lives(first.body.secret.encoded)])).toEqual([
      false,
      true,
    ]);
  });
});

test('when a new key can be neither recorded nor ended, the answer names it', async () => {
  await withLatchkey({ LATCHKEY_AUDIT_FILE: '/dev/full' }, async (latchkey) => {
    proxy.breakCalls(({ method }) => method === 'DELETE');
    const body = { name: fixture.name('left'), managed_by: 'p', owner: 'o', purpose: 'x', role_descriptors: READER };
    const answer = await fixture.send(fixture.callers.manageOwnApiKey, 'POST', KEYS, body, {}, latchkey);
    expect(codeOf(answer)).toBe('503 audit.unavailable');
    expect((await fixture.raw(answer.body.key_id))['name']).toBe(body.name);
    expect(answer.text).not.toContain('encoded');
  });
});

test('when a key of the service cannot be recorded, the service ends it again', async () => {
  await withLatchkey({ LATCHKEY_AUDIT_FILE: '/dev/full' }, async (latchkey) => {
    const name = fixture.name('unrecorded');
    const body = { name, managed_by: 'p', owner: 'o', purpose: 'x', as: 'service', role_descriptors: READER };
    expect(codeOf(await fixture.send(fixture.callers.manageSecurity, 'POST', KEYS, body, {}, latchkey))).toBe(
      '503 audit.unavailable',
    );
    const { body: list } = await fixture.send(fixture.callers.superuser, 'GET', `${KEYS}?name=${name}`);
    expect(list.items).toMatchObject([{ status: 'invalidated', username: fixture.serviceUsername }]);
  });
});

test('a rotation that died between its steps is reported by the sweep, and no key is ended by guess', async () => {
  const { manageOwnApiKey: owner } = fixture.callers;
  const old = await fixture.make(owner);
  const started = Date.now() - 7_200_000;
  const successor = await fixture.makeDirectly(
    {
      name: 'died',
      metadata: {
        managed: true,
        latchkey: { replaces: old.id, rotation_started: started, grace_until: started + 3_600_000, way: 'owner' },
      },
    },
    owner,
  );
  const told = (): string[] =>
    fixture.latchkey.lines.filter((line) => line.includes('does not go on by itself') && line.includes(successor.id));
  await until(() => told().length > 0);
  await eventually(async () => {
    const metrics = await fixture.latchkey.metrics();
    expect(metrics).toMatch(/latchkey_managed_key_rotations\{state="overdue"\} [1-9]/);
  });
  // Some sweeps later it is neither said again nor ended.
  await sleep(800);
  expect(told()).toHaveLength(1);
  expect(await Promise.all([fixture.lives(old.encoded), fixture.lives(successor.encoded)])).toEqual([true, true]);
});

test('the service goes on trying to end an old key whose grace is over until that key is dead', async () => {
  const own = await startSandbox();
  const through = await RecordingProxy.start(own.url);
  const f = new Fixture(own);
  await f.open({
    ELASTICSEARCH_URL: through.url,
    LATCHKEY_INVALIDATION_SETTLE_MS: '0',
    LATCHKEY_KEY_WATCH_INTERVAL_MS: '200',
  });
  try {
    const old = await f.make(f.callers.manageOwnApiKey);
    let refused = 0;
    through.breakCalls(
      ({ method }) => method === 'DELETE' && refused++ === 0,
      '{"invalidated_api_keys":[],"previously_invalidated_api_keys":[],"error_count":0}',
    );
    const rotated = await f.send(f.callers.manageApiKey, 'POST', `${KEYS}/${old.id}/rotate`, {
      grace: '1h',
      reason: 'x',
      encoded: old.encoded,
    });
    expect(rotated.body.grace_kept_by).toBe('service');
    clock.forward(GRACE_MS);
    await until(async () => !(await f.lives(old.encoded)));
    expect([await f.lives(old.encoded), refused > 1]).toEqual([false, true]);
  } finally {
    await f.close();
    await through.stop();
    await own.close();
  }
});

test('when Elasticsearch refuses the identity of the service, that is said, and callers go on with their own keys', async () => {
  await withLatchkey({ ELASTICSEARCH_SERVICE_PASSWORD: 'not-the-password' }, async (latchkey) => {
    const body = { name: fixture.name(), managed_by: 'p', owner: 'o', purpose: 'x' };
    const asService = await fixture.send(
      fixture.callers.manageSecurity,
      'POST',
      KEYS,
      { ...body, as: 'service', role_descriptors: READER },
      {},
      latchkey,
    );
    expect(codeOf(asService)).toBe('503 service-identity.refused');
    const old = await fixture.send(fixture.callers.manageOwnApiKey, 'POST', KEYS, body, {}, latchkey);
    expect(codeOf(old)).toBe('201');
    expect((await rotate(latchkey, old.body.key.id)).body.rotation.state).toBe('grace');
  });
});
