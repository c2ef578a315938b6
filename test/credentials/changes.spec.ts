import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { must, type Json } from '../support/elasticsearch/http.ts';
import { describeWhere } from '../support/describe-where.js';
import { whyNoOpenssl } from '../support/workload/certificates.js';
import { FakeEnvoy, LONG_POLL, LONGEST_HOLD_MS } from './fake-envoy.js';
import { eventually } from '../support/wait.js';
import { BILLING, ORDERS, profile, SHOP, startWorld, type World } from './world.js';

/** A poll that nothing ends would only then be answered. */
const BEFORE_THE_HOLD_ENDS_MS = LONGEST_HOLD_MS - 10_000;

describeWhere(whyNoOpenssl(), 'changes while the service runs', () => {
  let sandbox: Sandbox;
  let w: World;

  beforeEach(async () => {
    sandbox = await startSandbox();
    w = await startWorld(sandbox, {
      profiles: [profile('orders'), profile('other')],
      env: { LATCHKEY_INVALIDATION_SETTLE_MS: '0' },
    });
  });
  afterEach(async () => {
    await w.stop();
    await sandbox.close();
  });

  const envoy = (uri = ORDERS, name = 'orders', mesh = w.mesh) => new FakeEnvoy(mesh, w.client(uri), name);
  const names = async (): Promise<unknown> =>
    ((await w.asAdmin('GET', '/v1/credentials')).json['items'] as Json[]).map((item) => item['name']);

  test('a new profile is there, and one that is taken out is gone, without a restart', async () => {
    w.write([profile('orders'), profile('new')]);
    await eventually(async () => expect(await names()).toEqual(['orders', 'new']));
    expect((await w.ask(ORDERS, 'POST', '/v1/credentials/new', {})).status).toBe(201);
    expect((await w.ask(ORDERS, 'POST', '/v1/credentials/other', {})).body.code).toBe('profile.denied');
  });

  test('a file that is bad or gone changes nothing, and is said loudly until it is mended', async () => {
    const one = await envoy().ready();
    for (const breakIt of [
      () => w.write('profiles: [ { name: orders }'),
      () => w.write([{ ...profile('orders'), ttl: 'soon' }]),
      () => rmSync(w.path),
    ]) {
      breakIt();
      await eventually(async () => expect(await w.metric(/^latchkey_profiles_file_rejected/)).toBe(1));
      expect((await one.poll()).status).toBe(304);
      expect((await w.ask(BILLING, 'POST', '/v1/credentials/orders', {})).status).toBe(201);
      expect(await names()).toEqual(['orders', 'other']);
      const { json } = await w.asAdmin('GET', '/v1/credentials');
      expect(json['rejected_file']).toMatch(/LATCHKEY_PROFILES_FILE/);
      w.write([profile('orders'), profile('other')]);
      await eventually(async () => expect(await w.metric(/^latchkey_profiles_file_rejected/)).toBe(0));
    }
    expect(await w.metric(/^latchkey_profiles_rejected_total/)).toBe(3);
    expect(
      w.mesh
        .log()
        .split('\n')
        .filter((line) => line.includes('"level":"error"') && line.includes('the profiles file is not in force')),
    ).toHaveLength(3);
    expect(w.mesh.log()).toContain('.ttl must be a whole number with a unit');
    await one.stop();
  });

  test('a ConfigMap is read again when Kubernetes swaps its links', async () => {
    const folder = join(dirname(w.path), 'mount');
    const put = (version: string, profiles: readonly Json[]): void => {
      mkdirSync(join(folder, version), { recursive: true });
      writeFileSync(join(folder, version, 'profiles.json'), JSON.stringify({ profiles }));
      symlinkSync(version, join(folder, '..data.tmp'));
      renameSync(join(folder, '..data.tmp'), join(folder, '..data'));
    };
    put('..v1', [profile('first')]);
    symlinkSync(join('..data', 'profiles.json'), join(folder, 'profiles.json'));
    const mounted = await w.another({ LATCHKEY_PROFILES_FILE: join(folder, 'profiles.json') });
    put('..v2', [profile('second')]);
    await eventually(async () => {
      const { json } = await mounted.send('GET', '/v1/credentials', { headers: { authorization: w.admin } });
      expect((json['items'] as Json[]).map((item) => item['name'])).toEqual(['second']);
    });
  });

  test('when a profile gives other rights, a held poll is given a key with them at once', async () => {
    const one = await envoy().ready();
    const before = one.keyId;
    const held = one.poll(LONG_POLL);
    await sleep(200);
    w.write([
      profile('orders', { role_descriptors: { r: { indices: [{ names: ['logs-orders'], privileges: ['read'] }] } } }),
      profile('other'),
    ]);
    const { status, early } = await held;
    expect([status, early, one.keyId === before]).toEqual([200, true, false]);
    const found = await must(w.es, 'GET', `/_security/api_key?id=${one.keyId}`);
    expect((found['api_keys'] as Json[])[0]?.['role_descriptors']).toMatchObject({
      r: { indices: [{ privileges: ['read'] }] },
    });
    await one.stop();
  });

  const fitOf = async (name: string): Promise<unknown> =>
    ((await w.asAdmin('GET', '/v1/credentials')).json['items'] as Json[]).find((item) => item['name'] === name)?.[
      'fit'
    ];
  const putRole = (cluster: readonly string[], privileges: readonly string[]) =>
    must(w.es, 'PUT', `/_security/role/${w.run}`, {
      cluster: ['manage_own_api_key', ...cluster],
      indices: [{ names: ['logs-orders'], privileges }],
    });

  test('a change to rights that the service lacks makes no key and takes none away; once the service has them Envoys are given keys with them', async () => {
    const one = await envoy().ready();
    const before = one.keyId;
    const wanted = {
      role_descriptors: { r: { cluster: ['monitor'], indices: [{ names: ['logs-orders'], privileges: ['read'] }] } },
    };
    const held = one.poll({ timeoutMs: 3000 });
    await sleep(200);
    w.write([profile('orders', wanted), profile('other')]);
    await eventually(async () => expect(await fitOf('orders')).toBe('unfit'));
    const unserved = await w.ask(BILLING, 'POST', '/v1/credentials/orders', {});
    expect([(await held).status, (await one.poll()).status, await w.use(one.encoded), unserved.body.code]).toEqual([
      304,
      304,
      200,
      'profile.unfit',
    ]);
    const issued = /latchkey_leases_total\{profile="orders"/;
    expect(await w.metric(issued)).toBe(1);

    await putRole(['monitor'], ['create_doc', 'read']);
    const next = one.poll(LONG_POLL);
    // Any change makes all profiles be looked at.
    w.write([profile('orders', wanted), profile('other', { ttl: '10m' })]);
    expect([(await next).status, one.keyId === before, await w.use(one.encoded)]).toEqual([200, false, 200]);
    await one.stop();
  });

  test('that a role was narrowed in Elasticsearch is found when the file changes, and the keys from before go on', async () => {
    const one = await envoy().ready();
    await eventually(async () => expect(await fitOf('orders')).toBe('fit'));
    await putRole([], ['read']);
    w.write([profile('orders'), profile('other', { ttl: '10m' })]);
    await eventually(async () => expect(await fitOf('orders')).toBe('unfit'));
    expect([(await one.poll()).status, (await w.ask(BILLING, 'POST', '/v1/credentials/orders', {})).body.code]).toEqual(
      [304, 'profile.unfit'],
    );
    await one.stop();
  });

  test('a change that does not touch what a key carries costs no new key', async () => {
    const one = await envoy().ready();
    w.write([profile('orders', { ttl: '10m', retire_grace: '1m' }), profile('other')]);
    await eventually(async () =>
      expect(((await w.asAdmin('GET', '/v1/credentials')).json['items'] as Json[])[0]?.['ttl_seconds']).toBe(600),
    );
    expect((await one.poll()).status).toBe(304);
    await one.stop();
  });

  test('an Envoy whose profile is closed or no longer allows it gets 403, also in a poll that is held', async () => {
    for (const [changes, code] of [
      [{ closed: true }, 'profile.closed'],
      [{ allow: [] }, 'profile.denied'],
    ] as const) {
      w.write([profile('orders'), profile('other')]);
      await eventually(async () =>
        expect((await w.ask(ORDERS, 'POST', '/v1/credentials/orders', {})).status).toBe(201),
      );
      const one = await envoy().ready();
      const held = one.poll(LONG_POLL);
      await sleep(200);
      w.write([profile('orders', changes), profile('other')]);
      const { status, body, early } = await held;
      expect([status, body.code, early]).toEqual([403, code, true]);
      await one.stop();
    }
  });

  test('all leases of a profile are ended in one call, and Envoys have new keys within a second or so, at every replica', async () => {
    const replica = await w.another();
    const envoys = [
      await envoy().ready(),
      await envoy(BILLING, 'orders', replica).ready(),
      await envoy(ORDERS, 'other').ready(),
    ];
    const before = envoys.map(({ encoded }) => encoded);
    for (const one of envoys) one.start(LONG_POLL);
    await sleep(300);
    const { json } = await w.asAdmin('POST', '/v1/leases/_revoke', {
      profile: 'orders',
      confirm: 'orders',
      reason: 'incident 1',
    });
    expect(json).toEqual({ found: 2, revoked: 2, complete: true });
    expect(await Promise.all(before.map((encoded) => w.use(encoded)))).toEqual([401, 401, 200]);
    await eventually(
      () => expect(envoys.map(({ encoded }, index) => encoded === before[index])).toEqual([false, false, true]),
      BEFORE_THE_HOLD_ENDS_MS,
    );
    expect(await Promise.all(envoys.map(({ encoded }) => w.use(encoded)))).toEqual([200, 200, 200]);
    await Promise.all(envoys.map((one) => one.stop()));
  });

  test('all leases of a namespace are ended, and of no other', async () => {
    w.write([profile('orders', { allow: [{ spiffe_pattern: 'spiffe://cluster.local/ns/*/sa/*' }] })]);
    const outside = 'spiffe://cluster.local/ns/billing/sa/orders';
    await eventually(async () => expect((await w.ask(outside, 'POST', '/v1/credentials/orders', {})).status).toBe(201));
    const [inside, other] = [
      (await w.ask(`${SHOP}/sa/a`, 'POST', '/v1/credentials/orders', {})).body,
      (await w.ask(outside, 'POST', '/v1/credentials/orders', {})).body,
    ];
    const { json } = await w.asAdmin('POST', '/v1/leases/_revoke', {
      namespace: 'shop',
      confirm: 'shop',
      reason: 'namespace broken into',
    });
    expect(json).toEqual({ found: 1, revoked: 1, complete: true });
    expect([await w.use(inside.encoded), await w.use(other.encoded)]).toEqual([401, 200]);
  });

  test('a key that somebody else made with the metadata of a lease neither uses up the limit of a workload nor is its lease', async () => {
    const seesAll = await startWorld(sandbox, {
      profiles: [profile('few', { limits: { live_keys: 1 } })],
      role: { cluster: ['manage_own_api_key', 'read_security'] },
    });
    const lease = { form: '1', profile: 'few', subject: ORDERS, source: 'mtls', max_until: Date.now() + 3_600_000 };
    const forged = await must(sandbox, 'POST', '/_security/api_key', {
      name: 'forged',
      expiration: '1h',
      metadata: { managed_by: 'latchkey', latchkey: { lease } },
    });
    const { status } = await seesAll.ask(ORDERS, 'POST', '/v1/credentials/few', {});
    const ended = await seesAll.ask(ORDERS, 'DELETE', `/v1/leases/few.${forged['id'] as string}`);
    await seesAll.stop();
    expect([status, ended.body.code]).toEqual([201, 'lease.not-found']);
  });

  test('one lease can be ended by an operator by its id', async () => {
    const [lease, other] = [
      (await w.ask(ORDERS, 'POST', '/v1/credentials/orders', {})).body,
      (await w.ask(ORDERS, 'POST', '/v1/credentials/other', {})).body,
    ];
    const { json } = await w.asAdmin('POST', '/v1/leases/_revoke', {
      lease_id: lease.lease_id,
      confirm: lease.lease_id,
      reason: 'one of them',
    });
    expect(json).toEqual({ found: 1, revoked: 1, complete: true });
    expect([await w.use(lease.encoded), await w.use(other.encoded)]).toEqual([401, 200]);
  });

  test('a key that somebody invalidates in Elasticsearch itself is replaced as well', async () => {
    const one = await envoy().ready();
    const before = one.keyId;
    one.start(LONG_POLL);
    await sleep(200);
    await fetch(`${sandbox.url}/_security/api_key`, {
      method: 'DELETE',
      headers: { authorization: w.admin, 'content-type': 'application/json' },
      body: JSON.stringify({ ids: [before] }),
    });
    await eventually(() => expect(one.keyId).not.toBe(before), BEFORE_THE_HOLD_ENDS_MS);
    await one.stop();
  });

  test('a replica that starts later knows of keys that were revoked before', async () => {
    const one = await envoy().ready();
    await w.asAdmin('POST', '/v1/leases/_revoke', { profile: 'orders', confirm: 'orders', reason: 'incident 2' });
    const later = await w.another();
    one.mesh = later;
    one.reconnect();
    const before = one.keyId;
    await eventually(async () => {
      await one.poll();
      expect(one.keyId).not.toBe(before);
    });
    await one.stop();
  });
});

test('a profiles file that is bad at the start, or has no service identity to work with, stops the start', async () => {
  const sandbox = await startSandbox();
  await expect(startWorld(sandbox, { profiles: [{ ...profile('orders'), ttl: 'soon' }] })).rejects.toThrow(
    /LATCHKEY_PROFILES_FILE: profiles\[0\] \("orders"\)\.ttl/,
  );
  await expect(
    startWorld(sandbox, {
      profiles: [profile('orders')],
      env: {
        ELASTICSEARCH_SERVICE_USERNAME: undefined,
        ELASTICSEARCH_SERVICE_PASSWORD: undefined,
      } as unknown as Record<string, string>,
    }),
  ).rejects.toThrow(/needs a service identity/);
  await sandbox.close();
});
