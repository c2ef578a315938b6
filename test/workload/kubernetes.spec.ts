import '../support/workload/probe.js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWhere } from '../support/describe-where.js';
import { until } from '../support/wait.js';
import { startUnderTest, type Answered, type ServiceUnderTest } from '../support/fault-service.js';
import { whyNoApiServer } from '../support/kubernetes/binary.js';
import { type Cluster, startCluster } from '../support/kubernetes/cluster.js';

/** The first run compiles Kubernetes. */
const BUILD_LIMIT_MS = 7_200_000;
/** Before the ten seconds are over for which the API server would answer from its cache. */
const AT_ONCE_MS = 9000;
const AUDIENCE = 'latchkey';
const SHOP = '/api/v1/namespaces/shop';
const PLATFORM = '/api/v1/namespaces/platform';

interface Pod {
  name: string;
  uid: string;
}

describeWhere(await whyNoApiServer(), 'with tokens of a real Kubernetes API server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-kube-issuer-'));
  let cluster: Cluster;
  let byKeys: ServiceUnderTest | undefined;
  let byReview: ServiceUnderTest | undefined;

  beforeAll(async () => {
    cluster = await startCluster();
    for (const [namespace, accounts] of [
      ['shop', ['orders', 'billing']],
      ['platform', ['latchkey', 'powerless']],
    ] as const) {
      await cluster.ok('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
      for (const name of accounts)
        await cluster.ok('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } });
    }
    const rbac = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
    const subjects = [{ kind: 'ServiceAccount', name: 'latchkey', namespace: 'platform' }];
    await cluster.ok('POST', rbac, {
      metadata: { name: 'latchkey-reviews' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects,
    });
    writeFileSync(ownToken(), await tokenOf(PLATFORM, 'latchkey'));
    byKeys = await start('keys.json', {});
    byReview = await start('review.json', {
      token_review: { url: cluster.url, token_file: ownToken(), ca_file: cluster.caFile },
    });
  }, BUILD_LIMIT_MS);
  afterAll(async () => {
    await byKeys?.service.stop();
    await byReview?.service.stop();
    await (cluster as Cluster | undefined)?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ownToken = (): string => join(folder, 'token');

  /** The keys are where a cluster has them, and open to any service account, as a cluster has it by default. */
  function start(file: string, changes: object): Promise<ServiceUnderTest> {
    const issuer = {
      issuer: cluster.issuer,
      kind: 'kubernetes',
      audience: AUDIENCE,
      jwks_uri: `${cluster.url}/openid/v1/jwks`,
      jwks_token_file: ownToken(),
      ca_file: cluster.caFile,
      ...changes,
    };
    writeFileSync(join(folder, file), JSON.stringify({ issuers: [issuer] }));
    return startUnderTest('http://127.0.0.1:9', { LATCHKEY_WORKLOAD_ISSUERS_FILE: join(folder, file) });
  }

  /** As the kubelet asks for a projected token. */
  async function tokenOf(namespace: string, account: string, spec: object = {}): Promise<string> {
    const { status } = await cluster.ok('POST', `${namespace}/serviceaccounts/${account}/token`, {
      spec: { expirationSeconds: 600, ...spec },
    });
    return status.token;
  }

  async function createPod(name: string, serviceAccountName = 'orders'): Promise<Pod> {
    const { metadata } = await cluster.ok('POST', `${SHOP}/pods`, {
      metadata: { name },
      spec: { serviceAccountName, containers: [{ name: 'app', image: 'example.invalid/app' }] },
    });
    return { name, uid: metadata.uid };
  }

  const boundToken = (pod: Pod, audiences = [AUDIENCE], account = 'orders'): Promise<string> =>
    tokenOf(SHOP, account, {
      audiences,
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod.name, uid: pod.uid },
    });

  const outcome = ({ status, json }: Answered): string =>
    status === 200 ? String(json['subject']) : `${status} ${String(json['code'])}`;
  const present = async (latchkey: ServiceUnderTest | undefined, token: string): Promise<Answered> => {
    if (latchkey === undefined) throw new Error('not started');
    return latchkey.send('GET', '/v1/probe', { headers: { authorization: `Bearer ${token}` } });
  };
  const both = async (token: string): Promise<string[]> => [
    outcome(await present(byKeys, token)),
    outcome(await present(byReview, token)),
  ];

  test('the token that is bound to a pod names its namespace, its service account and the pod', async () => {
    const token = await boundToken(await createPod('orders-1'));
    const { json } = await present(byReview, token);
    expect(json).toMatchObject({
      source: 'kubernetes',
      subject: 'kubernetes:shop/orders',
      kubernetes: { namespace: 'shop', serviceAccount: 'orders', pod: 'orders-1' },
    });
    expect(Number(json['validUntilMs']) - Date.now()).toBeGreaterThan(500_000);
    expect(await both(token)).toEqual(['kubernetes:shop/orders', 'kubernetes:shop/orders']);
  });

  /** Kubernetes learns of a deletion from its own watch, some milliseconds later. */
  async function refusedWithinMs(token: string): Promise<number> {
    const started = performance.now();
    await until(async () => outcome(await present(byReview, token)) === '401 workload.unauthenticated');
    return performance.now() - started;
  }

  test('two pods of one service account are the same workload, those of another are not', async () => {
    const tokens = [
      await boundToken(await createPod('orders-2')),
      await boundToken(await createPod('billing-1', 'billing'), [AUDIENCE], 'billing'),
    ];
    expect(await Promise.all(tokens.map(async (token) => outcome(await present(byKeys, token))))).toEqual([
      'kubernetes:shop/orders',
      'kubernetes:shop/billing',
    ]);
  });

  test('after its pod is deleted, a token is refused at once where Kubernetes is asked; by its keys alone it stays good until its end', async () => {
    const pod = await createPod('orders-3');
    const token = await boundToken(pod);
    expect(await both(token)).toEqual(['kubernetes:shop/orders', 'kubernetes:shop/orders']);
    await cluster.ok('DELETE', `${SHOP}/pods/${pod.name}`, { gracePeriodSeconds: 0 });
    expect(await refusedWithinMs(token)).toBeLessThan(AT_ONCE_MS);
    expect(outcome(await present(byKeys, token))).toBe('kubernetes:shop/orders');
  });

  test('after its service account is deleted and made anew, an old token is refused where Kubernetes is asked', async () => {
    await cluster.ok('POST', `${SHOP}/serviceaccounts`, { metadata: { name: 'passing' } });
    const token = await tokenOf(SHOP, 'passing', { audiences: [AUDIENCE] });
    expect(await both(token)).toEqual(['kubernetes:shop/passing', 'kubernetes:shop/passing']);
    await cluster.ok('DELETE', `${SHOP}/serviceaccounts/passing`);
    await cluster.ok('POST', `${SHOP}/serviceaccounts`, { metadata: { name: 'passing' } });
    expect(await refusedWithinMs(token)).toBeLessThan(AT_ONCE_MS);
    expect(outcome(await present(byKeys, token))).toBe('kubernetes:shop/passing');
  });

  test.each([
    ['the audience of the API server, which every pod has a token of', undefined],
    ['another audience', ['elasticsearch']],
  ])('a token for %s is refused', async (_what, audiences) => {
    const token = await tokenOf(SHOP, 'orders', audiences === undefined ? {} : { audiences });
    expect(await both(token)).toEqual(['401 workload.unauthenticated', '401 workload.unauthenticated']);
  });

  test('a token that is changed in its last sign of the claims is refused', async () => {
    const [head = '', claims = '', signature = ''] = (await tokenOf(SHOP, 'orders', { audiences: [AUDIENCE] })).split(
      '.',
    );
    const other = Buffer.from(
      JSON.stringify({
        ...JSON.parse(Buffer.from(claims, 'base64url').toString()),
        sub: 'system:serviceaccount:shop:billing',
      }),
    ).toString('base64url');
    expect(await both(`${head}.${other}.${signature}`)).toEqual([
      '401 workload.unauthenticated',
      '401 workload.unauthenticated',
    ]);
  });

  test('a Latchkey that may not ask for reviews lets nobody in; with a token that may, written to the same file, it does', async () => {
    const file = join(folder, 'changing-token');
    writeFileSync(file, await tokenOf(PLATFORM, 'powerless'));
    const latchkey = await start('powerless.json', {
      token_review: { url: cluster.url, token_file: file, ca_file: cluster.caFile },
    });
    const token = await tokenOf(SHOP, 'orders', { audiences: [AUDIENCE] });
    const before = outcome(await present(latchkey, token));
    writeFileSync(file, await tokenOf(PLATFORM, 'latchkey'));
    const after = outcome(await present(latchkey, token));
    await latchkey.service.stop();
    expect([before, after]).toEqual(['503 workload.verifier-unavailable', 'kubernetes:shop/orders']);
  });
});
