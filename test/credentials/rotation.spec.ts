import { copyFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { MovableClock } from '../support/clock.js';
import { must, type Json } from '../support/elasticsearch/http.ts';
import { describeWhere } from '../support/describe-where.js';
import { whyNoOpenssl } from '../support/workload/certificates.js';
import { FakeEnvoy, LONG_POLL } from './fake-envoy.js';
import { eventually } from '../support/wait.js';
import { ORDERS, profile, SHOP, startWorld, type World } from './world.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Never due while it is looked at; an Envoy counts as gone soon. */
const SKEWED = { retire_grace: '10m', instance_timeout: '2s' };

/** Lives of hours, which only the movable clock brings to an end: what happens to the old key is not its own end. */
const LONG = { ttl: '8h', max_ttl: '8h', rotate_at: 0.5, retire_grace: '2h', instance_timeout: '30m' };
const DUE_MS = 4 * HOUR_MS;

describeWhere(whyNoOpenssl(), 'rotation', () => {
  let sandbox: Sandbox;
  let w: World;
  let clock: MovableClock;

  const others = [
    profile('early', LONG),
    profile('lag', LONG),
    profile('grace', { ...LONG, retire_grace: '1h' }),
    profile('drop', { ...LONG, instance_timeout: '1m' }),
    profile('rest', LONG),
    profile('plain', { ...LONG, rotate_at: { from: 0.4, to: 0.5 } }),
  ];

  beforeAll(async () => {
    clock = new MovableClock();
    sandbox = await startSandbox();
    w = await startWorld(sandbox, {
      profiles: [...others, profile('skewed', SKEWED)],
      env: { LATCHKEY_INVALIDATION_SETTLE_MS: '0' },
    });
  });
  afterAll(async () => {
    await w.stop();
    await sandbox.close();
    clock.restore();
  });

  const envoy = (name: string, nodeId?: string, uri = ORDERS) => new FakeEnvoy(w.mesh, w.client(uri), name, nodeId);
  const instances = async (name: string): Promise<Json[]> =>
    (await w.asAdmin('GET', `/v1/credentials/${name}/instances`)).json['items'] as Json[];

  const keyOf = async (id: string): Promise<{ creation: number }> =>
    ((await must(w.es, 'GET', `/_security/api_key?id=${id}`))['api_keys'] as Array<{ creation: number }>)[0] ?? {
      creation: Number.NaN,
    };

  /** The key that it has is to be replaced now, and the Envoy polled a minute before. */
  async function becomeDue(seen: FakeEnvoy): Promise<void> {
    clock.forward(DUE_MS - MINUTE_MS);
    expect((await seen.poll()).status).toBe(304);
    clock.forward(MINUTE_MS);
  }

  test('a held poll is given the new key when the old one is due, and the old one dies only after the Envoy came back with the new version', async () => {
    const one = await envoy('early').ready();
    const old = one.encoded;
    const { creation } = await keyOf(one.keyId);
    clock.forward(DUE_MS - 10_000);
    const held = await one.poll(LONG_POLL);
    expect([held.status, held.early, one.encoded === old]).toEqual([200, true, false]);
    expect(Date.now()).toBeGreaterThanOrEqual(creation + DUE_MS);
    // Not come back yet.
    await sleep(2800);
    expect([await w.use(old), await w.use(one.encoded)]).toEqual([200, 200]);
    expect((await one.poll()).status).toBe(304);
    await eventually(async () => expect(await w.use(old)).toBe(401));
    expect(await w.use(one.encoded)).toBe(200);
    expect(w.audit()).toContainEqual(
      expect.objectContaining({ event: 'lease.keys-retired', profile: 'early', actor: null }),
    );
    expect(w.audit()).toContainEqual(
      expect.objectContaining({ event: 'lease.key-rotated', profile: 'early', actor: null, subject: ORDERS }),
    );
    await one.stop();
  });

  test('as long as one of several instances has not come back with the new version the old key lives, and operators see which one it is', async () => {
    const [quick, slow] = await Promise.all([envoy('lag', 'quick').ready(), envoy('lag', 'slow').ready()]);
    const old = slow.encoded;
    expect(quick.encoded).toBe(old);
    await becomeDue(slow);
    quick.start({ timeoutMs: 1500 });
    await eventually(() => expect(quick.encoded).not.toBe(old));
    await sleep(3000);
    expect(await w.use(old)).toBe(200);
    expect((await instances('lag')).map((item) => [item['node_id'], item['lagging']])).toEqual([
      ['slow', true],
      ['quick', false],
    ]);
    await eventually(async () =>
      expect(await w.metric(/latchkey_credentials\{profile="lag",what="lagging"\}/)).toBe(1),
    );
    await slow.poll({ timeoutMs: 3000 });
    expect(slow.encoded).toBe(quick.encoded);
    await slow.poll();
    await eventually(async () => expect(await w.use(old)).toBe(401));
    await Promise.all([quick.stop(), slow.stop()]);
  });

  test('at the grace limit the old key dies, whoever lags', async () => {
    const [quick, slow] = await Promise.all([envoy('grace', 'quick').ready(), envoy('grace', 'slow').ready()]);
    const old = slow.encoded;
    await becomeDue(slow);
    quick.start({ timeoutMs: 1500 });
    await eventually(() => expect(quick.encoded).not.toBe(old));
    await sleep(2500);
    expect(await w.use(old)).toBe(200);
    clock.forward(HOUR_MS);
    await eventually(async () => expect(await w.use(old)).toBe(401));
    await Promise.all([quick.stop(), slow.stop()]);
  });

  test('an instance that has stopped polling may still use the old key, which lives until the grace limit and no longer', async () => {
    const [quick, silent] = await Promise.all([envoy('drop', 'quick').ready(), envoy('drop', 'silent').ready()]);
    const old = silent.encoded;
    await becomeDue(silent);
    quick.start({ timeoutMs: 1500 });
    await eventually(() => expect(quick.encoded).not.toBe(old));
    clock.forward(10 * MINUTE_MS);
    await sleep(2500);
    expect(await w.use(old)).toBe(200);
    expect((await instances('drop')).map((item) => [item['node_id'], item['lagging']])).toEqual([
      ['silent', true],
      ['quick', false],
    ]);
    clock.forward(2 * HOUR_MS);
    await eventually(async () => expect(await w.use(old)).toBe(401));
    await eventually(async () => expect((await instances('drop')).map((item) => item['node_id'])).toEqual(['quick']));
    await Promise.all([quick.stop(), silent.stop()]);
  });

  test('an Envoy that connects anew is the same instance, not one more that has to come back', async () => {
    const one = await envoy('early', 'reconnects', `${SHOP}/sa/reconnects`).ready();
    one.reconnect();
    await eventually(async () => {
      await one.poll();
      expect((await instances('early')).filter((item) => item['node_id'] === 'reconnects')).toHaveLength(1);
    });
    await one.stop();
  });

  test('a key that was also handed out over REST is not retired early: nobody says there when it is no longer used', async () => {
    const one = await envoy('rest').ready();
    const { body } = await w.ask(ORDERS, 'POST', '/v1/credentials/rest', {});
    expect(body.key_id).toBe(one.keyId);
    clock.forward(DUE_MS);
    one.start({ timeoutMs: 1500 });
    await eventually(() => expect(one.keyId).not.toBe(body.key_id));
    await sleep(3500);
    expect(await w.use(body.encoded)).toBe(200);
    await one.stop();
  });

  test('an Envoy that polls plainly always has a living key, over several rotations', async () => {
    const one = await envoy('plain').ready();
    const seen = new Set([one.keyId]);
    for (let elapsedMs = 0; elapsedMs < 24 * HOUR_MS; elapsedMs += 20 * MINUTE_MS) {
      clock.forward(20 * MINUTE_MS);
      await one.poll();
      seen.add(one.keyId);
      expect(await w.use(one.encoded)).toBe(200);
      await sleep(50);
    }
    expect(seen.size).toBeGreaterThanOrEqual(4);
    expect(one.statuses.filter((status) => status !== 200 && status !== 304 && status !== 503)).toEqual([]);
    await one.stop();
  });

  test('a key that an Envoy goes on using by way of another replica lives, though the replica that made it has another key and no longer sees the Envoy', async () => {
    const before = `${w.path}.before`;
    copyFileSync(w.path, before);
    const behind = await w.another({ LATCHKEY_PROFILES_FILE: before });
    const [moved, stays] = await Promise.all([envoy('skewed', 'moved').ready(), envoy('skewed', 'stays').ready()]);
    const old = moved.encoded;
    stays.start();
    moved.mesh = behind;
    moved.reconnect();
    expect((await moved.poll()).status).toBe(304);
    await sleep(2500);
    expect((await instances('skewed')).map((item) => item['node_id'])).toEqual(['stays']);
    // The change of the file reaches one replica only.
    w.write([...others, profile('skewed', { ...SKEWED, metadata: { changed: 'yes' } })]);
    await eventually(() => expect(stays.encoded).not.toBe(old));
    await sleep(4000);
    expect([(await moved.poll()).status, moved.encoded === old, await w.use(old)]).toEqual([304, true, 200]);
    expect((await instances('skewed')).map((item) => [item['node_id'], item['lagging']])).toEqual([
      ['moved', true],
      ['stays', false],
    ]);

    moved.mesh = w.mesh;
    moved.reconnect();
    await moved.poll({ timeoutMs: 3000 });
    await moved.poll();
    expect(moved.encoded).toBe(stays.encoded);
    await eventually(async () => expect(await w.use(old)).toBe(401));
    await Promise.all([moved.stop(), stays.stop()]);
  });

  test('two replicas between which an Envoy wanders do not give it a key each time', async () => {
    const replica = await w.another();
    const one = await envoy('lag', 'wanderer', `${SHOP}/sa/wanderer`).ready();
    const first = one.keyId;
    // The other replica has a key of its own for the workload, for another instance.
    const other = await new FakeEnvoy(replica, w.client(`${SHOP}/sa/wanderer`), 'lag', 'settled').ready();
    for (let count = 0; count < 6; count += 1) {
      one.mesh = count % 2 === 0 ? replica : w.mesh;
      one.reconnect();
      expect((await one.poll()).status).toBe(304);
    }
    expect([one.keyId, other.keyId === first]).toEqual([first, false]);
    await Promise.all([one.stop(), other.stop()]);
  });
});
