import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from 'js-yaml';
import { startCluster, type Cluster } from '../support/kubernetes/cluster.ts';
import { chart, NAMESPACE, only, render, run, tools, valueSetPath, valueSets, type Json } from './support.ts';

const RESTRICTED = {
  'pod-security.kubernetes.io/enforce': 'restricted',
  'pod-security.kubernetes.io/warn': 'restricted',
  'pod-security.kubernetes.io/audit': 'restricted',
};
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;

/** Where to ask for what the chart may make. */
const COLLECTIONS = [
  ...['configmaps', 'services', 'serviceaccounts', 'secrets'].map((name) => `/api/v1/namespaces/${NAMESPACE}/${name}`),
  `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`,
  `/apis/policy/v1/namespaces/${NAMESPACE}/poddisruptionbudgets`,
  `/apis/autoscaling/v2/namespaces/${NAMESPACE}/horizontalpodautoscalers`,
  ...['networkpolicies', 'ingresses'].map((name) => `/apis/networking.k8s.io/v1/namespaces/${NAMESPACE}/${name}`),
  `/apis/gateway.networking.k8s.io/v1/namespaces/${NAMESPACE}/httproutes`,
  ...['servicemonitors', 'prometheusrules'].map(
    (name) => `/apis/monitoring.coreos.com/v1/namespaces/${NAMESPACE}/${name}`,
  ),
  '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
];

describe('on a real kube-apiserver 1.34, in a namespace that enforces Pod Security restricted', () => {
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster();
    for (const kind of ['servicemonitors', 'prometheusrules'])
      await define(cluster, `${tools['prometheus-operator-crds']}/monitoring.coreos.com_${kind}.yaml`);
    await define(cluster, `${tools['gateway-api-crds']}/gateway.networking.k8s.io_httproutes.yaml`);
    await cluster.ok('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: NAMESPACE, labels: RESTRICTED },
    });
    // A controller makes it in a whole cluster.
    await cluster.ok('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default' },
    });
  });
  after(() => cluster.stop());

  const helm = (...args: string[]): { out: string; said: string; status: number | null } => {
    const { stdout, stderr, status } = run('helm', [...args, '--namespace', NAMESPACE], {
      env: { KUBECONFIG: cluster.kubeconfig },
    });
    return { out: stdout, said: stderr, status };
  };

  /** Kind and name of everything in the cluster that belongs to the release. */
  const ofRelease = async (): Promise<string[]> => {
    const found: string[] = [];
    for (const path of COLLECTIONS) {
      const { status, body } = await cluster.api('GET', `${path}?labelSelector=app.kubernetes.io%2Finstance%3Dkeys`);
      assert.equal(status, 200, path);
      for (const item of body.items) found.push(`${body.kind.replace(/List$/, '')} ${item.metadata.name}`);
    }
    return found.sort();
  };

  it('the first install makes what was rendered, without a warning', async () => {
    const { out, said, status } = helm('install', 'keys', chart, '--values', valueSetPath('minimal'));
    assert.deepEqual([said, status], ['', 0]);
    assert.match(out, /STATUS: deployed/);
    assert.match(out, /Latchkey 0\.1\.0 is installed as keys-latchkey in platform/);
    assert.deepEqual(await ofRelease(), names('minimal'));
  });

  it('what violates restricted is refused there, so that acceptance means something', async () => {
    const { body, status } = await cluster.api(
      'POST',
      PODS,
      podOf('minimal', (spec) => (spec.containers[0].securityContext.allowPrivilegeEscalation = true)),
    );
    assert.equal(status, 403);
    assert.match(body.message, /violates PodSecurity "restricted:latest"/);
    const deployment = only(render('minimal'), 'Deployment');
    deployment.spec.template.spec.securityContext.runAsNonRoot = false;
    deployment.spec.template.spec.containers[0].securityContext.runAsNonRoot = false;
    const { warnings } = await cluster.api(
      'POST',
      `/apis/apps/v1/namespaces/${NAMESPACE}/deployments?dryRun=All`,
      deployment,
    );
    assert.match(warnings.join(), /would violate PodSecurity/);
    const { said, status: refused } = helm(
      'upgrade',
      'keys',
      chart,
      '--values',
      valueSetPath('minimal'),
      '--post-renderer',
      'sed',
      '--post-renderer-args',
      's/runAsNonRoot: true/runAsNonRoot: false/',
    );
    assert.deepEqual([/would violate PodSecurity/.test(said), refused], [true, 0], said);
  });

  for (const name of valueSets) {
    it(`an upgrade to the values of ${name} leaves exactly what was rendered, without a warning`, async () => {
      const { out, said, status } = helm('upgrade', 'keys', chart, '--reset-values', '--values', valueSetPath(name));
      assert.deepEqual([said, status], ['', 0]);
      assert.doesNotMatch(out, /<no value>|<nil>|%!/, 'the notes');
      const mesh = render(name).find(({ kind, metadata }) => kind === 'Service' && metadata.name.endsWith('-mesh'));
      const [, host, port] = /latchkey_host=(\S+)&latchkey_port=(\d+)/.exec(out) ?? [];
      assert.deepEqual(
        [host, port],
        mesh === undefined
          ? [undefined, undefined]
          : [`${mesh.metadata.name}.${NAMESPACE}.svc`, String(mesh.spec.ports[0].port)],
        'the parameters in the notes',
      );
      assert.deepEqual(await ofRelease(), names(name));
    });

    it(`a pod with the values of ${name} is accepted, without a warning`, async () => {
      const { status, warnings, body } = await cluster.api('POST', `${PODS}?fieldValidation=Strict`, podOf(name));
      assert.deepEqual([status, warnings], [201, []], JSON.stringify(body));
      const tokens = body.spec.volumes.filter((volume: Json) =>
        volume.projected?.sources.some((source: Json) => 'serviceAccountToken' in source),
      );
      assert.equal(tokens.length, name === 'sidecars' ? 1 : 0, 'tokens of the service account in the pod');
    });
  }

  it('a rollback brings the first values back', async () => {
    assert.deepEqual([helm('rollback', 'keys', '1').status], [0]);
    assert.deepEqual(await ofRelease(), names('minimal'));
  });

  it('an uninstall leaves nothing', async () => {
    const { said, status } = helm('uninstall', 'keys');
    assert.deepEqual([said, status], ['', 0]);
    assert.deepEqual(await ofRelease(), []);
  });
});

/** Installs a CustomResourceDefinition; returns when its kind is served. */
async function define(cluster: Cluster, path: string): Promise<void> {
  const { spec } = await cluster.ok(
    'POST',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    load(readFileSync(path, 'utf8')),
  );
  const served = spec.versions
    .filter((version: Json) => version.served)
    .map(({ name }: Json) => `/apis/${spec.group}/${name}/${spec.names.plural}`);
  for (; ; await sleep(50)) {
    const answers = await Promise.all(served.map((list: string) => cluster.api('GET', list)));
    if (answers.every(({ status }) => status === 200)) return;
  }
}

function names(valueSet: string): string[] {
  return render(valueSet)
    .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
    .sort();
}

/** A pod from the template of the Deployment. */
function podOf(valueSet: string, change: (spec: Json) => void = () => undefined): Json {
  const { metadata, spec } = only(render(valueSet), 'Deployment').spec.template;
  change(spec);
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, generateName: `${valueSet}-` }, spec };
}
