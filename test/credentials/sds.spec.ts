import { setTimeout as sleep } from 'node:timers/promises';
import type { Profile } from '../../src/config/profiles/profile.js';
import type { LiveKey } from '../../src/credentials/keys/live-key.js';
import { holdMs } from '../../src/credentials/sds/hold.js';
import { secretAnswer } from '../../src/credentials/sds/secret-answer.js';
import { Secret } from '../../src/redaction/secret.js';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import type { Json } from '../support/elasticsearch/http.ts';
import { describeWhere } from '../support/describe-where.js';
import { eventually, until } from '../support/wait.js';
import { whyNoOpenssl } from '../support/workload/certificates.js';
import { startMesh, type Mesh } from '../support/workload/mesh.js';
import { FakeEnvoy, LONG_POLL, SECRET_TYPE } from './fake-envoy.js';
import { GateableProxy } from './gateable-proxy.js';
import { BILLING, metricOf, ORDERS, profile, startWorld, STRANGER, type World } from './world.js';

const PROFILES = [
  profile('orders'),
  profile('whole', { header_value: 'authorization' }),
  profile('each', { per: 'instance' }),
  profile('closed', { closed: true }),
  profile('unfit', { role_descriptors: { w: { cluster: ['all'] } } }),
];

/** Not those of the watches that run beside the polls. */
const CALLS_OF_POLLS = /^latchkey_credentials_upstream_calls_total\{cause="poll"\}/;

describeWhere(whyNoOpenssl(), "Envoy's polls", () => {
  let sandbox: Sandbox;
  let w: World;

  beforeAll(async () => {
    sandbox = await startSandbox();
    w = await startWorld(sandbox, {
      profiles: PROFILES,
      // Looked at once, at the start: what comes after is caused by the polls.
      env: { LATCHKEY_CREDENTIALS_CHECK_MS: '600000' },
    });
  });
  afterAll(async () => {
    await w.stop();
    await sandbox.close();
  });

  /** How many polls for the profile `orders` a replica holds open. */
  const polling = async (mesh: Mesh): Promise<number> => {
    const { json } = await mesh.send('GET', '/v1/credentials/orders/instances', {
      headers: { authorization: w.admin },
    });
    return (json['items'] as Json[]).filter((item) => item['polling']).length;
  };
  const envoy = (uri = ORDERS, name = 'orders', nodeId?: string) => new FakeEnvoy(w.mesh, w.client(uri), name, nodeId);

  test('the first poll waits for the key where its timeout allows, and gets exactly one generic secret that works', async () => {
    const first = envoy(`${ORDERS}-first`);
    const { status, body, headers } = await first.poll(LONG_POLL);
    expect(status).toBe(200);
    expect(body).toEqual({
      version_info: expect.stringMatching(/^k1\./),
      resources: [
        {
          '@type': SECRET_TYPE,
          name: 'orders',
          generic_secret: { secret: { inline_string: expect.stringMatching(/^[A-Za-z0-9+/=]+$/) } },
        },
      ],
      type_url: SECRET_TYPE,
    });
    expect([headers['content-type'], headers['cache-control']]).toEqual([
      expect.stringMatching(/^application\/json/),
      'no-store',
    ]);
    expect(await w.use(first.encoded)).toBe(200);
    await first.stop();
  });

  test("with Envoy's own timeout of a second nothing is held: 503 while the key is made, then the key", async () => {
    const first = envoy(`${ORDERS}-impatient`);
    const polled = await first.poll();
    expect([polled.status, polled.body.code]).toEqual([503, 'credential.not-ready']);
    await until(async () => (await first.poll()).status === 200);
    await first.stop();
  });

  test('the version names the key and holds nothing of its secret', async () => {
    const one = await envoy().ready();
    const secret = Buffer.from(one.encoded, 'base64').toString().split(':')[1] ?? 'none';
    expect([
      one.version?.includes(one.keyId),
      one.version?.includes(secret),
      one.version?.includes(one.encoded),
    ]).toEqual([true, false, false]);
    await one.stop();
  });

  test('an unchanged poll is answered 304 without a body and without a call to Elasticsearch, also by a replica that never saw the key and cannot reach Elasticsearch', async () => {
    const one = await envoy().ready();
    const gate = await new GateableProxy(sandbox.url).start();
    const replica = await startMesh(gate.url, w.pki, w.env);
    gate.close();
    for (const mesh of [w.mesh, replica]) {
      one.mesh = mesh;
      one.reconnect();
      const before = metricOf(await mesh.metrics(), CALLS_OF_POLLS);
      for (let count = 0; count < 20; count += 1)
        expect(await one.poll()).toMatchObject({ status: 304, body: undefined });
      expect(metricOf(await mesh.metrics(), CALLS_OF_POLLS)).toBe(before);
    }
    await one.stop();
    await replica.service.stop({ drainMs: 0 });
    await gate.stop();
  });

  test('the value is the whole header or the bare key, as the profile says', async () => {
    const whole = await envoy(ORDERS, 'whole').ready();
    const bare = await envoy().ready();
    expect([whole.value?.startsWith('ApiKey '), bare.value?.includes(' ')]).toEqual([true, false]);
    expect([await w.use(whole.encoded), await w.use(bare.encoded)]).toEqual([200, 200]);
    await Promise.all([whole.stop(), bare.stop()]);
  });

  test('Envoys of one workload share a key; with per: instance each has its own, by its node id', async () => {
    const [a, b, c, d] = await Promise.all([
      envoy(ORDERS, 'orders', 'a').ready(),
      envoy(ORDERS, 'orders', 'b').ready(),
      envoy(ORDERS, 'each', 'a').ready(),
      envoy(ORDERS, 'each', 'b').ready(),
    ]);
    expect([a.keyId === b.keyId, c.keyId === d.keyId]).toEqual([true, false]);
    // The version of one instance is worth nothing to another.
    expect((await d.poll({ version: c.version })).status).toBe(200);
    const nameless = await a.poll({ body: { node: {}, resource_names: ['each'] } });
    expect([nameless.status, nameless.body.errors[0].pointer]).toEqual([400, '/node/id']);
    await Promise.all([a, b, c, d].map((one) => one.stop()));
  });

  test('camelCase is understood, and what else Envoy says is read over', async () => {
    const one = await envoy().ready();
    const body = {
      resource_names: undefined,
      type_url: undefined,
      version_info: undefined,
      resourceNames: ['orders'],
      typeUrl: SECRET_TYPE,
      versionInfo: one.version,
      responseNonce: '',
      error_detail: null,
      something_new: { a: [1] },
    };
    expect((await one.poll({ body })).status).toBe(304);
    await one.stop();
  });

  test.each([
    ['two names', { resource_names: ['orders', 'whole'] }],
    ['no name', { resource_names: [] }],
    ['no names at all', { resource_names: undefined }],
    ['another type', { type_url: 'type.googleapis.com/envoy.config.cluster.v3.Cluster' }],
    ['a name that is no text', { resource_names: [7] }],
  ])('a poll for %s is refused', async (_what, body) => {
    const one = envoy();
    const polled = await one.poll({ body });
    expect([polled.status, polled.body.code]).toEqual([400, 'request.invalid']);
    await one.stop();
  });

  test('a workload that no rule allows gets 403, the same for a profile that is not there', async () => {
    const [denied, unknown] = [envoy(STRANGER), envoy(ORDERS, 'no-such-profile')];
    const answers = [await denied.poll(), await unknown.poll()];
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [403, 'profile.denied'],
      [403, 'profile.denied'],
    ]);
    expect(answers[0]?.body.detail).toBe(answers[1]?.body.detail);
    await Promise.all([denied.stop(), unknown.stop()]);
  });

  test('a closed profile is 403, one that does not fit is 503, and neither ever 200', async () => {
    const [closed, unfit] = [envoy(ORDERS, 'closed'), envoy(ORDERS, 'unfit')];
    await sleep(300);
    expect([(await closed.poll()).body.code, (await unfit.poll()).body.code]).toEqual([
      'profile.closed',
      'profile.unfit',
    ]);
    await Promise.all([closed.stop(), unfit.stop()]);
  });

  test('an error is not answered at once where the timeout allows, so that Envoy does not ask in a rush', async () => {
    const denied = envoy(STRANGER);
    const polled = await denied.poll(LONG_POLL);
    expect([polled.status, polled.tookMs > 900, polled.early]).toEqual([403, true, true]);
    await denied.stop();
  });

  test('an error in the middle of a held poll is not answered at once either', async () => {
    w.write([...PROFILES, profile('brief')]);
    const one = await envoy(ORDERS, 'brief').ready();
    const held = one.poll(LONG_POLL);
    await eventually(async () =>
      expect((await w.asAdmin('GET', '/v1/credentials/brief/instances')).json['items']).toMatchObject([
        { polling: true },
      ]),
    );
    // Held for longer than the pause takes.
    await sleep(1000);
    const closedMs = performance.now();
    w.write([...PROFILES, profile('brief', { closed: true })]);
    const { status, body } = await held;
    expect([status, body.code, performance.now() - closedMs > 900]).toEqual([403, 'profile.closed', true]);
    await one.stop();
  });

  test('a poll is held as long as its timeout allows, less half a second', async () => {
    const one = await envoy().ready();
    const held = await one.poll({ timeoutMs: 2000 });
    expect([held.status, held.tookMs > 1400]).toEqual([304, true]);
    await one.stop();
  });

  test('of two polls the one with the shorter timeout is answered first, though it came later', async () => {
    const [patient, brief] = await Promise.all([envoy().ready(), envoy(ORDERS, 'orders', 'brief').ready()]);
    const answered: string[] = [];
    const held = patient.poll({ timeoutMs: 20_000 }).then(() => answered.push('patient'));
    await brief.poll({ timeoutMs: 1000 });
    answered.push('brief');
    await held;
    expect(answered).toEqual(['brief', 'patient']);
    await Promise.all([patient.stop(), brief.stop()]);
  });

  test('a held poll may take longer than other requests', async () => {
    const replica = await w.another({ LATCHKEY_HANDLER_TIMEOUT_MS: '700' });
    const one = await envoy().ready();
    one.mesh = replica;
    one.reconnect();
    const held = await one.poll({ timeoutMs: 2500 });
    expect([held.status, held.tookMs > 1900]).toEqual([304, true]);
    await one.stop();
  });

  test("Envoy's configuration for a profile is printed for operators, with the form of value that the profile gives", async () => {
    const query =
      '?node_id=orders-1&node_cluster=orders&latchkey_host=latchkey.platform.svc&elasticsearch_host=es.example&elasticsearch_ca_file=/etc/es/ca.pem';
    const [bare, whole, unknown] = [
      await w.asAdmin('GET', `/v1/credentials/orders/envoy-config${query}`),
      await w.asAdmin('GET', `/v1/credentials/whole/envoy-config${query}`),
      await w.asAdmin('GET', `/v1/credentials/none/envoy-config${query}`),
    ];
    expect([
      bare.status,
      bare.status === 200 ? '' : bare.text,
      bare.text.includes('header_value_prefix: "ApiKey "') || bare.text.includes("header_value_prefix: 'ApiKey '"),
      bare.text.includes('name: orders'),
    ]).toEqual([200, '', true, true]);
    expect([whole.status, whole.text.includes('header_value_prefix')]).toEqual([200, false]);
    expect([unknown.status, unknown.json['code']]).toEqual([404, 'profile.unknown']);
    expect((await w.asAdmin('GET', '/v1/credentials/orders/envoy-config')).status).toBe(400);
  });

  test.each([
    ['1000', 25_000, 0],
    ['900', 25_000, 0],
    [undefined, 25_000, 0],
    ['nonsense', 25_000, 0],
    ['10000', 25_000, 9500],
    ['60000', 25_000, 25_000],
    ['60000', 0, 0],
  ])('with an expected timeout of %s and a longest hold of %i a poll is held for %i ms', (expected, longest, hold) => {
    expect(holdMs(expected, longest)).toBe(hold);
  });

  test('a version that was tampered with, is of another workload or another service identity, is not taken for the present one', async () => {
    const [one, other] = await Promise.all([envoy().ready(), envoy(BILLING).ready()]);
    const version = one.version ?? '';
    const flipped = `${version.slice(0, -2)}${version.at(-2) === 'A' ? 'B' : 'A'}${version.at(-1)}`;
    for (const forged of [flipped, version.replace(one.keyId, other.keyId), other.version, 'k1.x', 'x'.repeat(1000)])
      expect((await one.poll({ version: forged })).status).toBe(200);
    expect((await one.poll({ version })).status).toBe(304);
    await Promise.all([one.stop(), other.stop()]);
  });

  test('a service that stops answers its held polls at once', async () => {
    const replica = await w.another();
    const one = await new FakeEnvoy(replica, w.client(ORDERS), 'orders').ready();
    const held = one.poll(LONG_POLL);
    await until(async () => (await polling(replica)) > 0);
    const stopped = replica.service.stop({ drainMs: 500 });
    const { status, early } = await held;
    expect([status, early]).toEqual([304, true]);
    await Promise.all([stopped, one.stop()]);
  });
});

describe('an answer that Envoy should not see', () => {
  const key = (encoded: string, changes: Partial<LiveKey> = {}): LiveKey => ({
    id: 'a',
    encoded: new Secret(encoded),
    expiresMs: Date.now() + 1000,
    firstExpiresMs: 0,
    lifeMs: 1,
    binding: '',
    profile: 'orders',
    overRest: false,
    ...changes,
  });
  const ORDERS_PROFILE = { name: 'orders', headerValue: 'encoded' } as Profile;

  test.each([
    ['an empty value', key('')],
    ['a line break', key('abc\n')],
    ['a leading blank', key(' abc')],
    ['a trailing blank', key('abc ')],
    ['a character that is not ASCII', key('abcé')],
    ['a control character inside', key('ab\u0000c')],
    ['a key that has ended', key('abc', { expiresMs: Date.now() - 1 })],
    ['a key of another profile', key('abc', { profile: 'other' })],
  ])('%s is never made into one', (_what, bad) => {
    expect(secretAnswer('orders', bad, ORDERS_PROFILE, 'v')).toBeUndefined();
  });

  test('a good key is', () => {
    expect(secretAnswer('orders', key('abc='), ORDERS_PROFILE, 'v')?.resources).toHaveLength(1);
    expect(
      secretAnswer('orders', key('abc='), { ...ORDERS_PROFILE, headerValue: 'authorization' }, 'v')?.resources[0]
        ?.generic_secret.secret.inline_string,
    ).toBe('ApiKey abc=');
    expect(secretAnswer('orders', key('abc='), ORDERS_PROFILE, '')).toBeUndefined();
    expect(secretAnswer('whole', key('abc='), ORDERS_PROFILE, 'v')).toBeUndefined();
  });
});
