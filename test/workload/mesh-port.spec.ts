import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE } from '../support/fault-service.js';
import { MovableClock } from '../support/clock.js';
import { describeWhere } from '../support/describe-where.js';
import { Certificates, type Issued, whyNoOpenssl } from '../support/workload/certificates.js';
import { type Mesh, ORDERS, startMesh } from '../support/workload/mesh.js';

describeWhere(whyNoOpenssl(), 'the mesh port', () => {
  let pki: Certificates;
  let fake: FakeElasticsearch;
  let mesh: Mesh;
  let orders: Issued;

  beforeAll(async () => {
    pki = new Certificates();
    pki.authority();
    orders = pki.workload(ORDERS);
    fake = await FakeElasticsearch.start();
    mesh = await startMesh(fake.url, pki);
  });
  afterAll(async () => {
    await mesh.service.stop();
    await fake.close();
    pki.remove();
  });

  test('a workload is who its certificate says', async () => {
    const { status, body } = await mesh.ask(orders);
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { source: 'mtls', subject: ORDERS, spiffeId: ORDERS },
    });
  });

  test.each([
    ['GET', '/v1/session'],
    ['GET', '/v1/user-keys'],
    ['POST', '/v1/user-keys'],
    ['GET', '/livez'],
    ['GET', '/docs'],
    ['GET', '/v1/unknown'],
  ])('%s %s is not there, even with a good credential of Elasticsearch', async (method, path) => {
    fake.forget();
    const { status, body } = await mesh.ask(orders, method, path, { headers: [['authorization', JANE]] });
    expect([status, body.code, fake.received('has_privileges').length]).toEqual([404, 'route.not-found', 0]);
  });

  test('an operation of workloads is not open to a caller of Elasticsearch, on neither port', async () => {
    const main = await mesh.send('GET', '/v1/probe', { headers: { authorization: JANE } });
    expect([main.status, main.json['code']]).toEqual([401, 'workload.unauthenticated']);
    const { status, body } = await mesh.ask(orders, 'GET', '/v1/probe', { headers: [['authorization', JANE]] });
    expect([status, body.code]).toEqual([401, 'workload.conflict']);
  });

  test('operations of workloads are not among those that the session lists for a caller', async () => {
    const { json } = await mesh.send('GET', '/v1/session', { headers: { authorization: JANE } });
    expect(json['operations']).not.toContain('probe.get');
  });

  test('an audited operation names the workload, its realm and its proof', async () => {
    mesh.clearLog();
    expect((await mesh.ask(orders, 'POST', '/v1/probe', { body: {} })).status).toBe(201);
    const line = mesh
      .log()
      .split('\n')
      .find((text) => text.includes('"stream":"audit"'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      event: 'probe.minted',
      outcome: 'success',
      ran_as: 'service',
      actor: { username: ORDERS, realm: 'workload', authentication_type: 'mtls' },
    });
  });

  test('what proved a workload, and why nothing did, is counted', async () => {
    await mesh.ask(orders);
    await mesh.ask(orders, 'GET', '/v1/probe', { headers: [['authorization', JANE]] });
    await mesh.ask(undefined).catch(() => undefined);
    const metrics = await mesh.metrics();
    expect(metrics).toMatch(/latchkey_workload_authentications_total\{outcome="mtls"\} [1-9]/);
    expect(metrics).toMatch(/latchkey_workload_authentications_total\{outcome="conflict"\} [1-9]/);
    expect(metrics).toMatch(/latchkey_mesh_handshakes_refused_total [1-9]/);
  });

  test('a body as large as Envoy sends is read where the operation says so', async () => {
    const extensions = Array.from({ length: 516 }, (_, index) => ({
      name: `envoy.filters.example.number.${index}`,
      category: 'envoy.filters',
      type_urls: ['type.googleapis.com/envoy.extensions.filters.example.v3.Example'],
    }));
    const { status, body } = await mesh.ask(orders, 'POST', '/v3/probe:hold', {
      body: { node: { id: 'orders-1', extensions } },
    });
    expect([status, body.received > 65_536]).toEqual([201, true]);
  });

  test.each([
    ['a long annotation of the pod', { ANNOTATIONS: { 'example.com/config': 'x'.repeat(200_000) } }],
    [
      'many labels',
      { LABELS: Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`label-${index}`, 'x'])) },
    ],
  ])('what an Envoy says of itself may have %s', async (_, metadata) => {
    const { status, body } = await mesh.ask(orders, 'POST', '/v3/probe:hold', {
      body: { node: { id: 'orders-1', metadata } },
    });
    expect([status, body.received > 30_000]).toEqual([201, true]);
  });

  test('a workload beyond its rate is refused before its body is read', async () => {
    // All within one second.
    const clock = new MovableClock();
    clock.stop();
    const limited = await startMesh(fake.url, pki, { LATCHKEY_RATE_MESH_PER_SECOND: '1' });
    const unreadable = { body: Array.from({ length: 50_001 }, () => 1) };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => limited.ask(orders, 'POST', '/v3/probe:hold', unreadable)),
    );
    await limited.service.stop({ drainMs: 0 });
    clock.restore();
    expect(answers.filter(({ status }) => status === 429).length).toBe(7);
  });

  test.each([
    ['a bad body', 400, { body: [] as unknown, headers: [] as Array<[string, string]> }],
    ['a second identity', 401, { body: {}, headers: [['authorization', JANE]] as Array<[string, string]> }],
  ])(
    'a poll with %s is not answered at once, so that its Envoy does not rush, but within its timeout',
    async (_, expected, { body, headers }) => {
      const poll = async (timeoutMs: string): Promise<[number, number]> => {
        const start = performance.now();
        const { status } = await mesh.ask(orders, 'POST', '/v3/discovery:secrets', {
          body,
          headers: [...headers, ['x-envoy-expected-rq-timeout-ms', timeoutMs]],
        });
        return [status, performance.now() - start];
      };
      // The one that may not be held is answered while the other waits, though it came later.
      const answered: string[] = [];
      const held = poll('5000').finally(() => answered.push('held'));
      await poll('900').finally(() => answered.push('brief'));
      const [status, tookMs] = await held;
      expect([status, tookMs >= 950, answered]).toEqual([expected, true, ['brief', 'held']]);
    },
  );

  test('more than 1 MiB is not read, for nobody', async () => {
    const { status, body } = await mesh.ask(orders, 'POST', '/v3/probe:hold', {
      body: { node: { text: Array.from({ length: 160 }, () => 'x'.repeat(8000)) } },
    });
    expect([status, body.code]).toEqual([413, 'request.too-large']);
  });
});
