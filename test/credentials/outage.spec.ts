import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { describeWhere } from '../support/describe-where.js';
import { whyNoOpenssl } from '../support/workload/certificates.js';
import { startMesh, type Mesh } from '../support/workload/mesh.js';
import { FakeEnvoy } from './fake-envoy.js';
import { GateableProxy } from './gateable-proxy.js';
import { MovableClock } from '../support/clock.js';
import { eventually, until } from '../support/wait.js';
import { ORDERS, profile, SHOP, startWorld, type World } from './world.js';

const CREATE = 'POST /_security/api_key';
const WAITING = 30;
const MANY = { limits: { mints_per_minute: 1000 } };
/** Over long before a key of the other profile is due. */
const SHORT_MS = 120_000;
const SHORT = profile('short', { ttl: '2m', max_ttl: '2m', rotate_at: 0.5 });
/** While Elasticsearch is away, calls for all that wait. */
const MOST_TRIES_PER_SECOND = 15;

describeWhere(whyNoOpenssl(), 'when Elasticsearch fails', () => {
  let sandbox: Sandbox;
  let proxy: GateableProxy;
  let w: World;
  let mesh: Mesh;
  let clock: MovableClock;

  beforeAll(async () => {
    clock = new MovableClock();
    sandbox = await startSandbox();
    proxy = await new GateableProxy(sandbox.url).start();
    w = await startWorld(sandbox, { profiles: [profile('orders', MANY), SHORT] });
    mesh = await startMesh(proxy.url, w.pki, w.env);
  });
  afterAll(async () => {
    await mesh.service.stop({ drainMs: 0 });
    await w.stop();
    await proxy.stop();
    await sandbox.close();
    clock.restore();
  });

  const envoy = (uri: string, name = 'orders') => new FakeEnvoy(mesh, w.client(uri), name, uri);

  test('Envoys keep what they have, the others wait without rushing, and on its return they are served a few at a time', async () => {
    const settled = await envoy(ORDERS).ready();
    const aging = await envoy(ORDERS, 'short').ready();
    proxy.close();
    const newcomers = Array.from({ length: WAITING }, (_, index) => envoy(`${SHOP}/sa/new-${index}`));
    const before = proxy.requests.length;
    for (const one of newcomers) one.start({ timeoutMs: 3000 });
    const closed = performance.now();
    for (let count = 0; count < 20; count += 1) {
      expect((await settled.poll()).status).toBe(304);
      await sleep(250);
    }
    await until(() => newcomers.every(({ statuses }) => statuses.length > 0));
    const tries = proxy.requests.slice(before).filter((line) => line.startsWith('POST /_security/'));
    // The first eight together, then one now and then for each profile.
    expect(tries.length / ((performance.now() - closed) / 1000)).toBeLessThan(MOST_TRIES_PER_SECOND);
    // Rotation is due and cannot be had: what it has is right until its end, and after that there is nothing.
    clock.forward(SHORT_MS / 2 + 1000);
    expect((await aging.poll()).status).toBe(304);
    clock.forward(SHORT_MS / 2);
    const last = await aging.poll();
    expect([last.status, last.body.code]).toEqual([503, 'credential.not-ready']);
    expect(new Set(newcomers.flatMap(({ statuses }) => statuses))).toEqual(new Set([503]));

    const returned = proxy.requests.length;
    proxy.open = true;
    await eventually(() => expect(newcomers.filter(({ version }) => version === undefined)).toHaveLength(0));
    const creates = proxy.requests
      .slice(returned)
      .filter((line) => line.startsWith(CREATE) && !line.includes('_query'));
    expect(creates.length).toBeLessThanOrEqual(WAITING + 4);
    expect((await settled.poll()).status).toBe(304);
    await Promise.all([settled, aging, ...newcomers].map((one) => one.stop()));
  });

  test('a changed profile that cannot be checked because Elasticsearch is away makes no key until it is, and Envoys go on with what they have', async () => {
    const one = await envoy(ORDERS).ready();
    const before = one.keyId;
    proxy.close();
    w.write([profile('orders', { ...MANY, metadata: { changed: 'yes' } }), SHORT]);
    await eventually(() => expect(mesh.log()).toContain('profile check'));
    proxy.open = true;
    const returned = proxy.requests.length;
    const refused = await mesh.ask(w.client(`${SHOP}/sa/early`), 'POST', '/v1/credentials/orders', { body: {} });
    expect([(await one.poll()).status, refused.body.code, refused.body.detail]).toEqual([
      304,
      'credential.not-ready',
      expect.stringContaining('checked'),
    ]);
    expect(proxy.requests.slice(returned).filter((line) => line === CREATE)).toEqual([]);
    await eventually(async () => {
      await one.poll();
      expect(one.keyId).not.toBe(before);
    });
    await one.stop();
  });

  test('a lease over REST is refused clearly while Elasticsearch is away', async () => {
    // The pause after a failure is not over before the second request comes.
    clock.stop();
    proxy.close();
    const answer = await mesh.ask(w.client(`${SHOP}/sa/rest`), 'POST', '/v1/credentials/orders', { body: {} });
    expect(answer.status).toBe(503);
    expect(['upstream.unavailable', 'credential.not-ready']).toContain(answer.body.code);
    const second = await mesh.ask(w.client(`${SHOP}/sa/rest`), 'POST', '/v1/credentials/orders', { body: {} });
    expect([second.status, second.body.code, Number(second.headers['retry-after']) >= 1]).toEqual([
      503,
      'credential.not-ready',
      true,
    ]);
    proxy.open = true;
  });
});
