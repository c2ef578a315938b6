import { copyFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import type { Json } from '../support/elasticsearch/http.ts';
import { describeWhere } from '../support/describe-where.js';
import { whyNoOpenssl } from '../support/workload/certificates.js';
import { FakeEnvoy } from './fake-envoy.js';
import { eventually } from '../support/wait.js';
import { ORDERS, profile, SHOP, startWorld, type World } from './world.js';

/** Never due while it is looked at; an Envoy counts as gone soon. */
const SKEWED = { retire_grace: '60s', instance_timeout: '2s' };

/** Rotated after 3 of 30 seconds, so that what happens to the old key is seen long before its own end. */
const EARLY = { ttl: '30s', max_ttl: '30s', rotate_at: 0.1, retire_grace: '25s', instance_timeout: '20s' };

describeWhere(whyNoOpenssl(), 'rotation', () => {
  let sandbox: Sandbox;
  let w: World;

  const others = [
    profile('early', EARLY),
    // Late enough that nothing is replaced a second time while it is looked at.
    profile('lag', { ...EARLY, ttl: '60s', max_ttl: '60s' }),
    profile('grace', { ...EARLY, retire_grace: '4s' }),
    profile('drop', { ...EARLY, ttl: '60s', max_ttl: '60s', instance_timeout: '1s', retire_grace: '6s' }),
    profile('rest', EARLY),
    profile('short', { ttl: '5s', max_ttl: '5s', rotate_at: { from: 0.4, to: 0.5 } }),
  ];

  beforeAll(async () => {
    sandbox = await startSandbox();
    w = await startWorld(sandbox, {
      profiles: [...others, profile('skewed', SKEWED)],
      env: { LATCHKEY_INVALIDATION_SETTLE_MS: '0' },
    });
  });
  afterAll(async () => {
    await w.stop();
    await sandbox.close();
  });

  const envoy = (name: string, nodeId?: string, uri = ORDERS) => new FakeEnvoy(w.mesh, w.client(uri), name, nodeId);
  const instances = async (name: string): Promise<Json[]> =>
    (await w.asAdmin('GET', `/v1/credentials/${name}/instances`)).json['items'] as Json[];

  test('a held poll is given the new key when the old one is due, and the old one dies only after the Envoy came back with the new version', async () => {
    const one = await envoy('early').ready();
    const old = one.encoded;
    const held = await one.poll({ timeoutMs: 20_000 });
    expect([held.status, one.encoded === old, held.tookMs > 1500, held.tookMs < 4500]).toEqual([
      200,
      false,
      true,
      true,
    ]);
    // Not come back yet.
    await sleep(2800);
    expect([await w.use(old), await w.use(one.encoded)]).toEqual([200, 200]);
    expect((await one.poll()).status).toBe(304);
    await eventually(async () => expect(await w.use(old)).toBe(401), 3000);
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
    quick.start();
    await eventually(() => expect(quick.encoded).not.toBe(old), 10_000);
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
    await eventually(async () => expect(await w.use(old)).toBe(401), 3000);
    await Promise.all([quick.stop(), slow.stop()]);
  });

  test('at the grace limit the old key dies, whoever lags', async () => {
    const [quick, slow] = await Promise.all([envoy('grace', 'quick').ready(), envoy('grace', 'slow').ready()]);
    const old = slow.encoded;
    quick.start();
    await eventually(() => expect(quick.encoded).not.toBe(old), 6000);
    await sleep(2500);
    expect(await w.use(old)).toBe(200);
    await eventually(async () => expect(await w.use(old)).toBe(401), 4000);
    await Promise.all([quick.stop(), slow.stop()]);
  });

  test('an instance that has stopped polling may still use the old key, which lives until the grace limit and no longer', async () => {
    const [quick, silent] = await Promise.all([envoy('drop', 'quick').ready(), envoy('drop', 'silent').ready()]);
    const old = silent.encoded;
    quick.start({ timeoutMs: 1500 });
    await eventually(() => expect(quick.encoded).not.toBe(old), 10_000);
    await sleep(4500);
    expect(await w.use(old)).toBe(200);
    expect((await instances('drop')).map((item) => [item['node_id'], item['lagging']])).toEqual([
      ['silent', true],
      ['quick', false],
    ]);
    await eventually(async () => expect(await w.use(old)).toBe(401), 4000);
    expect((await instances('drop')).map((item) => item['node_id'])).toEqual(['quick']);
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
    one.start();
    await eventually(() => expect(one.keyId).not.toBe(body.key_id), 6000);
    await sleep(3500);
    expect(await w.use(body.encoded)).toBe(200);
    await one.stop();
  });

  test('an Envoy that polls plainly always has a living key, over several rotations', async () => {
    const one = await envoy('short').ready();
    const seen = new Set([one.keyId]);
    const end = Date.now() + 9000;
    while (Date.now() < end) {
      await one.poll();
      seen.add(one.keyId);
      expect(await w.use(one.encoded)).toBe(200);
      await sleep(200);
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
    await eventually(async () => expect(await w.use(old)).toBe(401), 4000);
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
