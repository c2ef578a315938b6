import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { must } from '../support/elasticsearch/http.ts';
import { describeReal, startElasticsearch, type Endpoint } from '../support/elasticsearch/index.ts';
import { LOGS, makeUser } from './fixture.ts';
import { expectProblem, KEYS, startLatchkey, type Answer, type Latchkey } from './latchkey.ts';

/** A cluster whose license can be changed, and ends with `stop`. */
interface Cluster extends Endpoint {
  becomeBasic(): Promise<void>;
  stop(): Promise<void>;
}

/** Trial to basic under a running Latchkey that has just seen the trial and would remember it for half a minute. */
function losesTheLicense(start: () => Promise<Cluster>): void {
  let cluster: Cluster;
  let replicas: Record<'plain' | 'watching', Latchkey>;
  let manager: string;
  let elastic: string;
  let keys: string[];
  let rotated: { old: string; successor: string };
  const send = (
    who: string,
    method: string,
    path: string,
    body?: unknown,
    through: Latchkey = replicas.plain,
  ): Promise<Answer> => through.send(who, method, `${KEYS}${path}`, body);

  beforeAll(async () => {
    cluster = await start();
    elastic = `Basic ${Buffer.from(`${cluster.username}:${cluster.password}`).toString('base64')}`;
    manager = await makeUser(cluster, 'license-manager', ['manage_security']);
    const [plain, watching] = await Promise.all([
      startLatchkey(cluster),
      startLatchkey(cluster, {
        ELASTICSEARCH_SERVICE_USERNAME: cluster.username,
        ELASTICSEARCH_SERVICE_PASSWORD: cluster.password,
      }),
    ]);
    replicas = { plain, watching };
    // Each create fills the cache of its replica with "trial": elastic may read the license itself, the manager may not.
    const made = await Promise.all(
      ['one', 'two', 'three', 'four'].map((name, index) =>
        send(elastic, 'POST', '', { name, access: LOGS }, index % 2 ? watching : plain),
      ),
    );
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    keys = made.map(({ body }) => body.key.id);
    const rotation = await send(elastic, 'POST', `/${keys[3]}/rotate`);
    rotated = { old: keys[3] ?? '', successor: rotation.body.key.id };
    await cluster.becomeBasic();
  });
  afterAll(async () => {
    await Promise.all([replicas?.plain.stop(), replicas?.watching.stop()]);
    await cluster?.stop();
  });

  // The first test: nothing has been asked since the change.
  test('the very next create is refused, although the trial is still remembered, and names both licenses', async () => {
    for (const through of [replicas.plain, replicas.watching]) {
      const answer = await send(elastic, 'POST', '', { name: 'too-late', access: LOGS }, through);
      expectProblem(answer, 403, 'license.insufficient');
      expect(answer.body).toMatchObject({
        required_license: ['enterprise', 'trial'],
        present_license: { type: 'basic', status: 'active' },
      });
    }
    expect((await send(elastic, 'GET', '?name=too-late')).body.total).toBe(0);
  });

  test('update and rotate are refused the same way, and nothing changes', async () => {
    expectProblem(
      await send(elastic, 'PATCH', `/${keys[0]}`, { metadata: { late: true } }),
      403,
      'license.insufficient',
    );
    expectProblem(await send(elastic, 'POST', `/${keys[0]}/rotate`), 403, 'license.insufficient');
    expect((await send(elastic, 'GET', `/${keys[0]}`)).body).toMatchObject({ status: 'active', metadata: {} });
  });

  test('whose license Latchkey cannot read is refused by Elasticsearch with the same code; the service identity knows more', async () => {
    const plain = await send(manager, 'POST', '', { name: 'too-late', access: LOGS });
    expectProblem(plain, 403, 'license.insufficient');
    expect(plain.body.required_license).toEqual(['enterprise', 'trial']);
    const watching = await send(manager, 'POST', '', { name: 'too-late', access: LOGS }, replicas.watching);
    expectProblem(watching, 403, 'license.insufficient');
    expect(watching.body.present_license).toEqual({ type: 'basic', status: 'active' });
  });

  test('GET /v1/license says it at once', async () => {
    for (const through of Object.values(replicas)) {
      expect((await through.send(elastic, 'GET', '/v1/license')).body).toMatchObject({
        type: 'basic',
        cross_cluster_keys: { allowed: false },
      });
    }
  });

  test('the keys that exist are listed, read, connected and invalidated, and a rotation that was begun is ended', async () => {
    expect((await send(manager, 'GET', '')).body.total).toBe(5);
    expect((await send(manager, 'GET', `/${keys[0]}`)).body).toMatchObject({
      status: 'active',
      access_summary: 'May search logs-*.',
    });
    expect((await send(manager, 'GET', `/${keys[0]}/connect`)).status).toBe(200);
    const [one, many, finalized] = await Promise.all([
      send(manager, 'DELETE', `/${keys[0]}`),
      send(manager, 'POST', '/_invalidate', { ids: [keys[1], keys[2]] }),
      send(manager, 'POST', `/${rotated.old}/finalize`),
    ]);
    expect(one.status).toBe(204);
    expect(many.body.invalidated).toEqual([keys[1], keys[2]]);
    expect(finalized.body).toEqual({ invalidated: rotated.old, new_key_id: rotated.successor });
    expect((await send(manager, 'GET', '?status=active')).body.items.map(({ id }: { id: string }) => id)).toEqual([
      rotated.successor,
    ]);
  });
}

for (const version of ['9.5.3', '8.19.21'] as const) {
  // Only to be skipped where there is no such node: the license of the shared one is not touched.
  await describeReal(
    { version, license: 'trial' },
    `a trial license of Elasticsearch ${version} that becomes basic`,
    () => {
      losesTheLicense(async () => {
        const node = await startElasticsearch({ version, license: 'trial' });
        return {
          ...node,
          becomeBasic: async () => {
            expect(await must(node, 'POST', '/_license/start_basic?acknowledge=true')).toMatchObject({
              basic_was_started: true,
            });
          },
          stop: () => node.stop(),
        };
      });
    },
  );
}

describe('a trial license of the sandbox that becomes basic', () => {
  losesTheLicense(async () => {
    const sandbox = await startSandbox();
    return { ...sandbox, becomeBasic: async () => sandbox.setLicense('basic'), stop: () => sandbox.close() };
  });
});

describe('licenses of the sandbox', () => {
  let sandbox: Sandbox;
  let latchkey: Latchkey;
  let elastic: string;
  const create = (): Promise<Answer> => latchkey.send(elastic, 'POST', KEYS, { name: 'licensed', access: LOGS });

  beforeAll(async () => {
    sandbox = await startSandbox({ license: 'basic' });
    elastic = `Basic ${Buffer.from(`${sandbox.username}:${sandbox.password}`).toString('base64')}`;
    latchkey = await startLatchkey(sandbox, {
      ELASTICSEARCH_SERVICE_USERNAME: sandbox.username,
      ELASTICSEARCH_SERVICE_PASSWORD: sandbox.password,
    });
  });
  afterAll(async () => {
    await latchkey?.stop();
    await sandbox.close();
  });

  test('a trial that follows a basic license acts at once: a refusal is never remembered', async () => {
    expectProblem(await create(), 403, 'license.insufficient');
    sandbox.setLicense('trial');
    expect((await create()).status).toBe(201);
  });

  test.each(['trial', 'enterprise'] as const)(
    'an expired %s license is told apart from one that is too small, and says when it ended',
    async (type) => {
      sandbox.setLicense(type, 'expired');
      const answer = await create();
      expectProblem(answer, 403, 'license.expired');
      expect(answer.body.present_license).toEqual({ type, status: 'expired' });
      expect(answer.body.detail).toMatch(/expired on \d{4}-\d{2}-\d{2}T/);
      const license = await latchkey.send(elastic, 'GET', '/v1/license');
      expect(license.body).toMatchObject({
        type,
        status: 'expired',
        days_left: 0,
        cross_cluster_keys: { allowed: false },
      });
    },
  );

  test.each(['standard', 'gold', 'platinum'] as const)('a %s license is not enough', async (type) => {
    sandbox.setLicense(type);
    const answer = await create();
    expectProblem(answer, 403, 'license.insufficient');
    expect(answer.body.present_license).toEqual({ type, status: 'active' });
  });

  test('an Enterprise license is enough', async () => {
    sandbox.setLicense('enterprise');
    expect((await create()).status).toBe(201);
  });
});
