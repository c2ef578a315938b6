import { setTimeout as sleep } from 'node:timers/promises';
import { call, must, type Json } from '../support/elasticsearch/http.ts';
import type { Endpoint } from '../support/elasticsearch/index.ts';
import { eventually, seenAlive } from '../support/wait.js';
import { BILLING, ORDERS, profile, startWorld, STRANGER, type World } from './world.js';

/** From a life that a fast machine sees the end of soon to one that a slow machine sees the beginning of. */
const LIVES_S = [4, 8, 16, 32, 64, 128, 256];
const KEYS_USER_PASSWORD = 'keys-user-password-1';

/** All that is promised of leases over REST, on any Elasticsearch. */
export function leasesSuite(es: () => Endpoint, env: Record<string, string> = {}): void {
  let w: World;
  let keysUser: string;

  beforeAll(async () => {
    keysUser = `keys-user-${Date.now().toString(36)}`;
    await must(es(), 'PUT', `/_security/role/${keysUser}`, {
      cluster: ['manage_own_api_key'],
      indices: [{ names: ['logs-orders'], privileges: ['create_doc'] }],
    });
    await must(es(), 'PUT', `/_security/user/${keysUser}`, { password: KEYS_USER_PASSWORD, roles: [keysUser] });
    w = await startWorld(es(), {
      env,
      role: { run_as: [keysUser] },
      profiles: [
        profile('orders', { metadata: { team: 'shop' } }),
        ...LIVES_S.map((seconds) => profile(`short-${seconds}`, { ttl: `${seconds}s`, max_ttl: `${seconds}s` })),
        // Due for replacement within seconds, and alive long after.
        profile('aging', { ttl: '90s', max_ttl: '90s', rotate_at: 0.1 }),
        profile('stretch', { ttl: '10m', max_ttl: '603s' }),
        profile('as-user', { run_as: keysUser }),
        profile('as-nobody', { run_as: 'no-such-user' }),
        profile('each', { per: 'instance' }),
        profile('few', { limits: { live_keys: 1 } }),
        profile('slow', { per: 'instance', limits: { mints_per_minute: 2 } }),
        profile('closed', { closed: true }),
        profile('nobody', { allow: [] }),
        profile('too-much', {
          role_descriptors: {
            w: {
              cluster: ['monitor'],
              indices: [{ names: ['logs-orders', 'secrets-*'], privileges: ['create_doc', 'delete'] }],
            },
          },
        }),
      ],
    });
    await eventually(async () => expect((await overview('too-much'))['fit']).toBe('unfit'));
  });
  afterAll(() => w?.stop());

  const issue = (uri: string, name: string, body: unknown = {}) => w.ask(uri, 'POST', `/v1/credentials/${name}`, body);
  const overview = async (name: string): Promise<Json> => {
    const { json } = await w.asAdmin('GET', '/v1/credentials');
    return (json['items'] as Json[]).find((item) => item['name'] === name) ?? {};
  };
  const keyOf = async (id: string): Promise<Json> =>
    ((await must(w.es, 'GET', `/_security/api_key?id=${id}`))['api_keys'] as Json[])[0] ?? {};

  test('a workload gets a key that works, with the rights, the life and the metadata of the profile, owned by the service', async () => {
    const before = Date.now();
    const { status, body, headers } = await issue(ORDERS, 'orders');
    const after = Date.now();
    expect([status, Object.keys(body as Json).sort(), headers['cache-control']]).toEqual([
      201,
      ['encoded', 'expires_at', 'key_id', 'lease_id', 'profile', 'renew_after'],
      'no-store',
    ]);
    expect(await w.use(body.encoded)).toBe(200);
    const key = await keyOf(body.key_id);
    expect(key).toMatchObject({
      username: w.serviceUser,
      metadata: {
        team: 'shop',
        managed: true,
        managed_by: 'latchkey',
        latchkey: { lease: { profile: 'orders', subject: ORDERS, namespace: 'shop', source: 'mtls' } },
      },
      role_descriptors: { writer: { cluster: [], indices: [{ names: ['logs-orders'], privileges: ['create_doc'] }] } },
    });
    expect(key['name']).toBe('latchkey/orders/ns/shop/sa/orders');
    expect(Date.parse(body.expires_at)).toBe(key['expiration']);
    expect(key['creation']).toBeGreaterThanOrEqual(before);
    expect(key['creation']).toBeLessThanOrEqual(after);
    expect((key['expiration'] as number) - (key['creation'] as number)).toBe(900_000);
    const share = (Date.parse(body.renew_after) - (key['creation'] as number)) / 900_000;
    expect(share).toBeGreaterThan(0.58);
    expect(share).toBeLessThan(0.72);
  });

  test('instances of a workload share a key, another workload has another', async () => {
    const [first, second, other] = [
      await issue(ORDERS, 'orders'),
      await issue(ORDERS, 'orders'),
      await issue(BILLING, 'orders'),
    ];
    expect(second.body).toEqual(first.body);
    expect(other.body.key_id).not.toBe(first.body.key_id);
  });

  test('first requests that come together make one key', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => issue(`${ORDERS}-together`, 'orders')));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.key_id}`)).size).toBe(1);
    const { json } = await w.asAdmin('GET', `/v1/leases?subject=${encodeURIComponent(`${ORDERS}-together`)}`);
    expect(json['total']).toBe(1);
  });

  test('each instance has its own key where the profile says so, and must say which one it is', async () => {
    const [a, b, none] = [
      await issue(ORDERS, 'each', { instance: 'a' }),
      await issue(ORDERS, 'each', { instance: 'b' }),
      await issue(ORDERS, 'each'),
    ];
    expect(a.body.key_id).not.toBe(b.body.key_id);
    expect([none.status, none.body.code, none.body.errors[0].pointer]).toEqual([400, 'request.invalid', '/instance']);
    expect(await keyOf(a.body.key_id)).toMatchObject({ metadata: { latchkey: { lease: { instance: 'a' } } } });
  });

  test('a workload that no rule allows gets nothing, and cannot tell a profile that it may not have from one that is not there', async () => {
    const answers = [
      await issue(STRANGER, 'orders'),
      await issue(STRANGER, 'no-such-profile'),
      await issue(ORDERS, 'nobody'),
    ];
    expect(answers.map(({ status, body }) => [status, body.code, body.detail])).toEqual(
      Array(3).fill([403, 'profile.denied', answers[0]?.body.detail]),
    );
  });

  test('a closed profile gives out nothing and says so to those whom it allows, and only to them', async () => {
    expect((await issue(ORDERS, 'closed')).body.code).toBe('profile.closed');
    expect((await issue(STRANGER, 'closed')).body.code).toBe('profile.denied');
  });

  test('a lease is renewed in Elasticsearch itself, up to max_ttl from the creation of the key and no further', async () => {
    const lease = (await issue(ORDERS, 'stretch')).body;
    const { creation } = (await keyOf(lease.key_id)) as { creation: number };
    await sleep(2000);
    const renewed = await w.ask(ORDERS, 'POST', `/v1/leases/${lease.lease_id}/renew`, {});
    expect([renewed.status, 'encoded' in renewed.body, renewed.body.lease_id]).toEqual([200, false, lease.lease_id]);
    expect(Date.parse(renewed.body.expires_at)).toBeGreaterThan(Date.parse(lease.expires_at) + 500);
    expect((await keyOf(lease.key_id))['expiration']).toBe(Date.parse(renewed.body.expires_at));
    await sleep(2000);
    await w.ask(ORDERS, 'POST', `/v1/leases/${lease.lease_id}/renew`, {});
    const last = await w.ask(ORDERS, 'POST', `/v1/leases/${lease.lease_id}/renew`, {});
    expect([last.status, last.body.code]).toEqual([409, 'lease.at-limit']);
    const { expiration } = (await keyOf(lease.key_id)) as { expiration: number };
    expect(expiration - creation).toBeLessThanOrEqual(603_000);
    expect(await w.use(lease.encoded)).toBe(200);
  });

  test('a key ends at the end of its lease by itself, and then cannot be renewed', async () => {
    const lease = await seenAlive(
      async (seconds) => (await issue(ORDERS, `short-${seconds}`)).body,
      async ({ encoded }) => (await w.use(encoded)) === 200,
      LIVES_S[0],
    );
    await sleep(Date.parse(lease.expires_at) - Date.now() + 300);
    expect(await w.use(lease.encoded)).toBe(401);
    const renewed = await w.ask(ORDERS, 'POST', `/v1/leases/${lease.lease_id}/renew`, {});
    expect([renewed.status, renewed.body.code]).toEqual([409, 'lease.ended']);
  });

  test('a key that is old is not handed out again: the next one is made before it ends', async () => {
    const first = (await issue(BILLING, 'aging')).body;
    await sleep(Date.parse(first.renew_after) - Date.now() + 50);
    const second = (await issue(BILLING, 'aging')).body;
    expect(second.key_id).not.toBe(first.key_id);
    // Whoever was given the old one over REST does not tell when it is done with it.
    expect(await w.use(first.encoded)).toBe(200);
  });

  test('nobody but the workload itself can renew or revoke its lease', async () => {
    const lease = (await issue(ORDERS, 'orders')).body;
    for (const [method, path] of [
      ['POST', `/v1/leases/${lease.lease_id}/renew`],
      ['DELETE', `/v1/leases/${lease.lease_id}`],
    ] as const) {
      const foreign = await w.ask(BILLING, method, path, method === 'POST' ? {} : undefined);
      expect([foreign.status, foreign.body.code]).toEqual([404, 'lease.not-found']);
      const unknown = await w.ask(
        ORDERS,
        method,
        path.replace(lease.key_id, 'nosuchkeynosuchkey00'),
        method === 'POST' ? {} : undefined,
      );
      expect([unknown.status, unknown.body.code]).toEqual([404, 'lease.not-found']);
    }
    expect(await w.use(lease.encoded)).toBe(200);
  });

  test('a key that is no lease cannot be renewed or revoked, though it belongs to the service', async () => {
    const own = await must(w.es, 'POST', '/_security/api_key?refresh=true', {
      name: 'latchkey/orders/x',
      metadata: { managed_by: 'latchkey' },
    });
    const answer = await w.ask(ORDERS, 'DELETE', `/v1/leases/orders.${String(own['id'])}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'lease.not-found']);
  });

  test('a revoked lease is dead at once, for good, and a new one is given on request', async () => {
    const lease = (await issue(`${ORDERS}-revoke`, 'orders')).body;
    expect((await w.ask(`${ORDERS}-revoke`, 'DELETE', `/v1/leases/${lease.lease_id}`)).status).toBe(204);
    expect(await w.use(lease.encoded)).toBe(401);
    expect((await w.ask(`${ORDERS}-revoke`, 'DELETE', `/v1/leases/${lease.lease_id}`)).status).toBe(204);
    expect((await w.ask(`${ORDERS}-revoke`, 'POST', `/v1/leases/${lease.lease_id}/renew`, {})).body.code).toBe(
      'lease.ended',
    );
    const next = (await issue(`${ORDERS}-revoke`, 'orders')).body;
    expect([next.key_id === lease.key_id, await w.use(next.encoded)]).toEqual([false, 200]);
  });

  test('a restart loses no lease: another replica renews and revokes it, and makes one key of its own at most', async () => {
    const uri = `${ORDERS}-restart`;
    const lease = (await issue(uri, 'orders')).body;
    const replica = await w.another();
    const renewed = await replica.ask(w.client(uri), 'POST', `/v1/leases/${lease.lease_id}/renew`, { body: {} });
    expect(renewed.status).toBe(200);
    const again = [
      await replica.ask(w.client(uri), 'POST', '/v1/credentials/orders', { body: {} }),
      await replica.ask(w.client(uri), 'POST', '/v1/credentials/orders', { body: {} }),
    ];
    expect([again[0]?.status, again[0]?.body.key_id === lease.key_id, again[1]?.body.key_id]).toEqual([
      201,
      false,
      again[0]?.body.key_id,
    ]);
    expect((await replica.ask(w.client(uri), 'DELETE', `/v1/leases/${lease.lease_id}`)).status).toBe(204);
    expect(await w.use(lease.encoded)).toBe(401);
  });

  test('a key that was revoked at another replica is not handed out again here', async () => {
    const uri = `${ORDERS}-elsewhere`;
    const lease = (await issue(uri, 'orders')).body;
    const replica = await w.another();
    const { json } = await replica.send('POST', '/v1/leases/_revoke', {
      body: { subject: uri, confirm: uri, reason: 'revoked elsewhere' },
      headers: { authorization: w.admin },
    });
    expect(json).toEqual({ found: 1, revoked: 1, complete: true });
    await eventually(async () => expect((await issue(uri, 'orders')).body.key_id).not.toBe(lease.key_id));
    expect(await w.metric(/^latchkey_credentials_background_failures_total/)).toBe(0);
  });

  test('with run_as the keys belong to that user, and are renewed and revoked as it', async () => {
    const lease = (await issue(ORDERS, 'as-user')).body;
    expect(await keyOf(lease.key_id)).toMatchObject({ username: keysUser });
    expect((await w.ask(ORDERS, 'POST', `/v1/leases/${lease.lease_id}/renew`, {})).status).toBe(200);
    expect((await w.ask(ORDERS, 'DELETE', `/v1/leases/${lease.lease_id}`)).status).toBe(204);
    expect(await w.use(lease.encoded)).toBe(401);
  });

  test('a profile that does not fit under the service identity gives out nothing, and what is missing is named', async () => {
    const answer = await issue(ORDERS, 'too-much');
    expect([answer.status, answer.body.code]).toEqual([503, 'profile.unfit']);
    expect((await overview('too-much'))['missing_privileges']).toEqual(
      expect.arrayContaining([
        'cluster monitor',
        'index logs-orders: delete',
        'index secrets-*: create_doc',
        'index secrets-*: delete',
      ]),
    );
    expect((await overview('orders'))['fit']).toBe('fit');
    expect(w.mesh.log()).toContain('does not fit under the service identity');
    expect(await w.metric(/latchkey_profile_fits\{profile="too-much"\}/)).toBe(0);
  });

  test('a profile whose run_as the service identity may not use gives out nothing', async () => {
    const answer = await issue(ORDERS, 'as-nobody');
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([
      503,
      'profile.unfit',
      expect.stringContaining('may not run as no-such-user'),
    ]);
  });

  test('with the printed role, and no more, every profile fits', async () => {
    const { json: role } = await w.asAdmin('GET', '/v1/credentials/_role');
    expect(role).toMatchObject({
      cluster: expect.arrayContaining(['manage_own_api_key', 'monitor']),
      run_as: expect.arrayContaining([keysUser]),
    });
    const user = `${w.run}-exact`;
    await must(w.es, 'PUT', `/_security/role/${user}`, role);
    await must(w.es, 'PUT', `/_security/user/${user}`, { password: KEYS_USER_PASSWORD, roles: [user] });
    const exact = await w.another({
      ELASTICSEARCH_SERVICE_USERNAME: user,
      ELASTICSEARCH_SERVICE_PASSWORD: KEYS_USER_PASSWORD,
    });
    await eventually(async () => {
      const { json } = await exact.send('GET', '/v1/credentials', { headers: { authorization: w.admin } });
      expect((json['items'] as Json[]).filter((item) => item['fit'] !== 'fit').map((item) => item['name'])).toEqual([
        'as-nobody',
      ]);
    });
    const lease = await exact.ask(w.client(ORDERS), 'POST', '/v1/credentials/too-much', { body: {} });
    expect([lease.status, await w.use(lease.body.encoded)]).toEqual([201, 200]);
  });

  test('a workload has no more living keys than the profile allows, over all replicas', async () => {
    expect((await issue(ORDERS, 'few')).status).toBe(201);
    const replica = await w.another();
    const second = await replica.ask(w.client(ORDERS), 'POST', '/v1/credentials/few', { body: {} });
    expect([second.status, second.body.code, Number(second.headers['retry-after']) > 0]).toEqual([
      429,
      'credential.limit',
      true,
    ]);
    expect((await replica.ask(w.client(BILLING), 'POST', '/v1/credentials/few', { body: {} })).status).toBe(201);
  });

  test('a workload gets no more new keys a minute than the profile allows', async () => {
    const statuses = [];
    for (const instance of ['a', 'b', 'c']) statuses.push((await issue(ORDERS, 'slow', { instance })).status);
    expect(statuses).toEqual([201, 201, 429]);
  });

  test('operators list leases by profile, workload, namespace and status, page by page, with their own rights', async () => {
    const uri = `${ORDERS}-listed`;
    for (const instance of ['a', 'b', 'c']) await issue(uri, 'each', { instance });
    const query = `/v1/leases?profile=each&subject=${encodeURIComponent(uri)}&namespace=shop&status=active&size=2`;
    const first = (await w.asAdmin('GET', query)).json;
    const second = (await w.asAdmin('GET', `${query}&cursor=${encodeURIComponent(String(first['next_cursor']))}`)).json;
    expect([first['total'], second['next_cursor']]).toEqual([3, null]);
    const items = [...(first['items'] as Json[]), ...(second['items'] as Json[])];
    expect(items.map((item) => item['instance']).sort()).toEqual(['a', 'b', 'c']);
    expect(items[0]).toMatchObject({
      profile: 'each',
      subject: uri,
      namespace: 'shop',
      source: 'mtls',
      status: 'active',
      username: w.serviceUser,
    });
    expect(
      (await w.asAdmin('GET', `/v1/leases?subject=${encodeURIComponent(uri)}&status=invalidated`)).json['total'],
    ).toBe(0);
    const service = await w.mesh.send('GET', '/v1/leases', {
      headers: { authorization: `Basic ${Buffer.from(`${keysUser}:${KEYS_USER_PASSWORD}`).toString('base64')}` },
    });
    expect([service.status, service.json['code']]).toEqual([403, 'privilege.missing']);
  });

  test('one call ends all leases of a workload, counted, confirmed by name, and of nobody else', async () => {
    const uri = `${ORDERS}-incident`;
    const leases = [
      (await issue(uri, 'orders')).body,
      (await issue(uri, 'each', { instance: 'a' })).body,
      (await issue(uri, 'as-user')).body,
    ];
    const other = (await issue(BILLING, 'orders')).body;
    const unconfirmed = await w.asAdmin('POST', '/v1/leases/_revoke', {
      subject: uri,
      confirm: ORDERS,
      reason: 'a test',
    });
    expect([unconfirmed.status, (unconfirmed.json['errors'] as Json[])[0]?.['pointer']]).toEqual([400, '/confirm']);
    expect(await w.use(leases[0].encoded)).toBe(200);
    const revoked = await w.asAdmin('POST', '/v1/leases/_revoke', {
      subject: uri,
      confirm: uri,
      reason: 'key seen in a log',
    });
    expect([revoked.status, revoked.json]).toEqual([200, { found: 3, revoked: 3, complete: true }]);
    expect(await Promise.all(leases.map(({ encoded }) => w.use(encoded)))).toEqual([401, 401, 401]);
    expect(await w.use(other.encoded)).toBe(200);
    expect(w.audit().find(({ event }) => event === 'leases.revoked')).toMatchObject({
      actor: { username: w.es.username },
      selection: `subject ${uri}`,
      count: 3,
      reason: 'key seen in a log',
    });
    const next = (await issue(uri, 'orders')).body;
    expect([next.key_id === leases[0].key_id, await w.use(next.encoded)]).toEqual([false, 200]);
  });

  test('a revocation names exactly one thing', async () => {
    for (const body of [
      { confirm: 'x', reason: 'nothing named' },
      { profile: 'orders', namespace: 'shop', confirm: 'orders', reason: 'two named' },
    ]) {
      expect((await w.asAdmin('POST', '/v1/leases/_revoke', body)).status).toBe(400);
    }
  });

  test('no secret of a key is in any log line or metric, and who was given which key is in the audit trail', async () => {
    const { encoded, key_id: id } = (await issue(ORDERS, 'orders')).body;
    const secret = Buffer.from(encoded, 'base64').toString().split(':')[1] ?? '';
    const text = w.mesh.log() + (await w.mesh.metrics());
    expect([secret.length > 10, text.includes(encoded), text.includes(secret)]).toEqual([true, false, false]);
    expect(w.audit()).toContainEqual(
      expect.objectContaining({
        event: 'credential.issued',
        profile: 'orders',
        key_ids: [id],
        actor: { username: ORDERS, realm: 'workload', authentication_type: 'mtls' },
      }),
    );
    expect(w.audit()).toContainEqual(
      expect.objectContaining({
        event: 'lease.key-made',
        profile: 'orders',
        subject: ORDERS,
        key_ids: [id],
        actor: null,
        ran_as: 'service',
      }),
    );
    expect(w.audit()).toContainEqual(
      expect.objectContaining({ event: 'credential.issued', outcome: 'denied', error_code: 'profile.denied' }),
    );
  });

  test('nothing of this is open to a caller with an Elasticsearch credential in place of a workload', async () => {
    const answer = await w.asAdmin('POST', '/v1/credentials/orders', {});
    expect([answer.status, answer.json['code']]).toEqual([401, 'workload.unauthenticated']);
    expect((await call(w.es, 'GET', '/_security/_authenticate')).status).toBe(200);
  });
}
