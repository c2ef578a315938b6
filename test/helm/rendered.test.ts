import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { NAMESPACE, only, render, valueSets, type Json, type Manifest } from './support.ts';

const image = { repository: 'registry.example.org/latchkey' };
const minimal = { image, elasticsearch: { url: 'https://es.example.org:9200' } };
const pod = (manifests: readonly Manifest[]): Json => only(manifests, 'Deployment').spec.template.spec;
const container = (manifests: readonly Manifest[]): Json => pod(manifests).containers[0];
const config = (manifests: readonly Manifest[]): Json => load(only(manifests, 'ConfigMap').data['latchkey.yaml']);

for (const name of valueSets) {
  describe(`with the values of ${name}`, () => {
    const manifests = render(name);

    it('the pod meets Pod Security restricted in each of its demands', () => {
      const {
        securityContext: ofPod,
        containers,
        initContainers,
        hostNetwork,
        hostPID,
        hostIPC,
        volumes,
      } = pod(manifests);
      assert.equal(ofPod.runAsNonRoot, true);
      assert.deepEqual(ofPod.seccompProfile, { type: 'RuntimeDefault' });
      assert.notEqual(ofPod.runAsUser, 0);
      assert.deepEqual([initContainers, hostNetwork, hostPID, hostIPC], [undefined, undefined, undefined, undefined]);
      assert.equal(containers.length, 1);
      assert.deepEqual(containers[0].securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        runAsNonRoot: true,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const volume of volumes) assert.ok('configMap' in volume || 'secret' in volume, `volume ${volume.name}`);
    });

    it('no Secret is made, and no environment variable holds or takes one', () => {
      assert.deepEqual(
        manifests.filter(({ kind }) => kind === 'Secret'),
        [],
      );
      assert.deepEqual(
        container(manifests).env.map((variable: Json) => variable.name),
        ['NODE_ENV', 'NODE_OPTIONS', 'LATCHKEY_CONFIG_FILE'],
      );
      assert.equal(container(manifests).envFrom, undefined);
      assert.deepEqual(
        Object.keys(config(manifests)).filter((setting) => /(PASSWORD|TOKEN|USERNAME)$/.test(setting)),
        [],
      );
    });

    it('each volume is mounted read-only and each mount has a volume', () => {
      const { volumes } = pod(manifests);
      const mounts = container(manifests).volumeMounts;
      assert.deepEqual(
        mounts.map((mount: Json) => mount.name),
        volumes.map((volume: Json) => volume.name),
      );
      for (const mount of mounts) assert.equal(mount.readOnly, true, mount.name);
    });

    it('each file that the settings name is one that a volume brings', () => {
      const { volumes } = pod(manifests);
      const settings: Record<string, string> = config(manifests);
      for (const [setting, path] of Object.entries(settings).filter(([key]) => key.endsWith('_FILE'))) {
        const [, mount, file] = /^\/etc\/latchkey\/([a-z-]+)\/([^/]+)$/.exec(path) ?? [];
        const volume = volumes.find((candidate: Json) => candidate.name === mount);
        assert.ok(volume, `${setting} names ${path}, which no volume brings`);
        const items: Json[] | undefined = (volume.secret ?? volume.configMap).items;
        const own = manifests.find(
          (manifest) => manifest.kind === 'ConfigMap' && manifest.metadata.name === volume.configMap?.name,
        );
        assert.ok(
          items?.some((item) => item.path === file) ?? (own === undefined || own.data[file ?? ''] !== undefined),
          `${setting} names ${path}, which the volume does not hold`,
        );
      }
    });

    it('Kubernetes waits longer for a stopping pod than the service takes, and the service longer than it drains', () => {
      const { LATCHKEY_DRAIN_MS: drain, LATCHKEY_SHUTDOWN_TIMEOUT_MS: shutdown } = config(manifests);
      assert.ok(Number(drain) < Number(shutdown));
      assert.ok(pod(manifests).terminationGracePeriodSeconds * 1000 >= Number(shutdown) + 5000);
    });

    it('a rolling update takes nothing away before its successor is ready', () => {
      assert.deepEqual(only(manifests, 'Deployment').spec.strategy, {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
      });
    });

    it('a start is over when the API listens; life and readiness are asked on the port of the metrics', () => {
      const { startupProbe, livenessProbe, readinessProbe } = container(manifests);
      assert.deepEqual(startupProbe.httpGet, {
        path: '/livez',
        port: 'http',
        ...(config(manifests)['LATCHKEY_TLS_ENABLED'] === 'true' && { scheme: 'HTTPS' }),
      });
      assert.deepEqual(livenessProbe.httpGet, { path: '/livez', port: 'metrics' });
      assert.deepEqual(readinessProbe.httpGet, { path: '/readyz', port: 'metrics' });
    });

    it('API and metrics are Services apart, and each Service reaches a port of the container', () => {
      const ports = container(manifests).ports.map((port: Json) => port.name);
      const services = manifests.filter(({ kind }) => kind === 'Service');
      for (const service of services) {
        assert.equal(service.spec.ports.length, 1);
        assert.ok(ports.includes(service.spec.ports[0].targetPort));
      }
      assert.equal(only(manifests, 'Service').spec.ports[0].targetPort, 'http');
      assert.equal(only(manifests, 'Service', '-metrics').spec.type, 'ClusterIP');
    });

    it('every selector finds the pods, and every object says its release and namespace', () => {
      const labels = only(manifests, 'Deployment').spec.template.metadata.labels;
      const selectors = manifests
        .filter(({ kind }) => kind !== 'ServiceMonitor')
        .flatMap(({ kind, metadata, spec }) => {
          const selector =
            kind === 'Service' ? spec.selector : (spec?.selector?.matchLabels ?? spec?.podSelector?.matchLabels);
          return selector === undefined ? [] : [{ name: `${kind} ${metadata.name}`, selector }];
        });
      assert.ok(selectors.length >= 3);
      for (const { name, selector } of selectors) {
        for (const [label, value] of Object.entries(selector))
          assert.equal(labels[label], value, `${name} selects ${label}`);
      }
      for (const { kind, metadata } of manifests) {
        assert.equal(metadata.labels?.['app.kubernetes.io/instance'], 'keys', `${kind} ${metadata.name}`);
        if (kind !== 'ClusterRoleBinding') assert.equal(metadata.namespace, NAMESPACE, `${kind} ${metadata.name}`);
      }
    });

    it('no egress is open on every port', () => {
      const policy = manifests.find(({ kind }) => kind === 'NetworkPolicy');
      if (policy === undefined) return assert.equal(name, 'insecure-lab');
      assert.deepEqual(policy.spec.policyTypes, ['Ingress', 'Egress']);
      for (const rule of [...policy.spec.egress, ...policy.spec.ingress]) assert.ok(rule.ports.length > 0);
    });
  });
}

describe('the service account', () => {
  it('has no token in the pod, unless tokens of workloads are reviewed', () => {
    assert.equal(pod(render(minimal)).automountServiceAccountToken, false);
    assert.equal(only(render(minimal), 'ServiceAccount').automountServiceAccountToken, false);
    assert.equal(pod(render('sidecars')).automountServiceAccountToken, true);
  });

  it('is bound to the review of tokens and to nothing else', () => {
    const bindings = render('sidecars').filter(({ apiVersion }) => apiVersion.startsWith('rbac.'));
    assert.deepEqual(
      bindings.map(({ kind, roleRef }) => [kind, roleRef.name]),
      [['ClusterRoleBinding', 'system:auth-delegator']],
    );
    assert.deepEqual(bindings[0]?.subjects, [{ kind: 'ServiceAccount', name: 'keys-latchkey', namespace: NAMESPACE }]);
    assert.deepEqual(
      render(minimal).filter(({ apiVersion }) => apiVersion.startsWith('rbac.')),
      [],
    );
  });

  it('has a binding whose name no installation of another namespace can have', () => {
    const nameIn = (namespace: string, fullnameOverride: string): string | undefined =>
      render({ ...minimal, fullnameOverride, tokenReview: { enabled: true } }, namespace).find(
        ({ kind }) => kind === 'ClusterRoleBinding',
      )?.metadata.name;
    assert.equal(nameIn('a', 'b-c'), 'a:b-c:token-review');
    assert.notEqual(nameIn('a', 'b-c'), nameIn('a-b', 'c'));
  });
});

describe('a load balancer', () => {
  it('lets in the networks that are named', () => {
    const service = { type: 'LoadBalancer', allowInsecure: true, loadBalancerSourceRanges: ['10.0.0.0/8'] };
    assert.deepEqual(only(render({ ...minimal, service }), 'Service').spec.loadBalancerSourceRanges, ['10.0.0.0/8']);
    assert.equal(
      only(render({ ...minimal, service: { ...service, type: 'ClusterIP' } }), 'Service').spec.loadBalancerSourceRanges,
      undefined,
    );
  });
});

describe('the mesh port', () => {
  it('is reached while Elasticsearch is away, and the API is not', () => {
    const manifests = render('sidecars');
    assert.equal(only(manifests, 'Service', '-mesh').spec.publishNotReadyAddresses, true);
    assert.equal(only(manifests, 'Service').spec.publishNotReadyAddresses, undefined);
  });
});

describe('a change', () => {
  const annotations = (values: Json): Json => only(render(values), 'Deployment').spec.template.metadata.annotations;

  it('of a setting or of the managed keys makes new pods', () => {
    const before = annotations(minimal);
    assert.notDeepEqual(annotations({ ...minimal, settings: { LATCHKEY_LOG_LEVEL: 'debug' } }), before);
    const manager = { label: 'Fleet', owner: 'us', consequence: 'agents stop', match: { realm: 'fleet' } };
    assert.notDeepEqual(annotations({ ...minimal, managedKeys: { managers: [manager] } }), before);
  });

  it('of a profile makes none, since the service reads profiles again', () => {
    const profiles = (ttl: string): Json => ({
      ...minimal,
      elasticsearch: { ...minimal.elasticsearch, serviceIdentity: { secret: 'identity' } },
      profiles: { definitions: [{ name: 'writer', role_descriptors: { writer: { cluster: ['monitor'] } }, ttl }] },
    });
    assert.deepEqual(annotations(profiles('15m')), annotations(profiles('20m')));
  });
});

describe('managed keys', () => {
  it('have their rules and templates in one file', () => {
    const template = {
      name: 'reader',
      role_descriptors: { reader: { cluster: ['monitor'] } },
      max_lifetime: '30d',
      allow: [{ username: 'ci', realm: 'native1' }],
    };
    const manifests = render({
      ...minimal,
      elasticsearch: { ...minimal.elasticsearch, serviceIdentity: { secret: 'identity' } },
      managedKeys: { templates: [template] },
    });
    assert.deepEqual(load(only(manifests, 'ConfigMap', '-managed-keys').data['managed-keys.yaml']), {
      managers: [],
      templates: [template],
    });
    assert.equal(config(manifests)['LATCHKEY_MANAGED_KEYS_FILE'], '/etc/latchkey/managed-keys/managed-keys.yaml');
  });
});

describe('the settings', () => {
  it('keep large numbers as digits', () => {
    assert.equal(
      config(
        render({
          ...minimal,
          settings: { LATCHKEY_BODY_LIMIT_BYTES: 1048576, LATCHKEY_RATE_READ_PER_SECOND: 1000000 },
        }),
      )['LATCHKEY_BODY_LIMIT_BYTES'],
      '1048576',
    );
  });

  it('are left out when they are null, and the grace period is then that of the default', () => {
    const manifests = render({ ...minimal, settings: { LATCHKEY_SHUTDOWN_TIMEOUT_MS: null, LATCHKEY_DRAIN_MS: null } });
    assert.equal('LATCHKEY_SHUTDOWN_TIMEOUT_MS' in config(manifests), false);
    assert.equal(pod(manifests).terminationGracePeriodSeconds, 25);
  });
});

describe('the network policy', () => {
  const egressPorts = (values: Json): Json =>
    only(render(values), 'NetworkPolicy').spec.egress.map((rule: Json) => rule.ports.map((port: Json) => port.port));

  it('opens DNS and the ports of Elasticsearch, and nothing more by default', () => {
    assert.deepEqual(egressPorts(minimal), [[53, 53], [9200]]);
    assert.deepEqual(
      egressPorts({ image, elasticsearch: { url: 'https://a.example.org, https://b.example.org:9243/es' } }),
      [
        [53, 53],
        [443, 9243],
      ],
    );
  });

  it('opens the ports that are named in place of 53 and of those in the addresses, and what is added', () => {
    const settings = { LATCHKEY_TRACES_URL: 'http://collector:4318/v1/traces' };
    const extra = { to: [{ ipBlock: { cidr: '10.1.0.0/16' } }], ports: [{ port: 8200, protocol: 'TCP' }] };
    const networkPolicy = {
      dnsPorts: [53, 5353],
      elasticsearchPorts: [9201],
      tracesPorts: [14318],
      extraEgress: [extra],
    };
    assert.deepEqual(egressPorts({ ...minimal, settings, networkPolicy }), [
      [53, 53, 5353, 5353],
      [9201],
      [14318],
      [8200],
    ]);
    assert.deepEqual(only(render({ ...minimal, networkPolicy }), 'NetworkPolicy').spec.egress.at(-1), extra);
  });

  it('opens issuers, the API server and the collector of traces with their features', () => {
    assert.deepEqual(egressPorts('production'), [[53, 53], [9200], [4318]]);
    assert.deepEqual(egressPorts('sidecars'), [[53, 53], [9200], [443], [443, 6443]]);
  });
});

describe('the image', () => {
  const digest = `sha256:${'a'.repeat(64)}`;

  it('is that of the chart version, and the digest decides when there is one', () => {
    assert.equal(container(render(minimal)).image, 'registry.example.org/latchkey:0.1.0');
    assert.equal(
      container(render({ ...minimal, image: { ...image, digest } })).image,
      `registry.example.org/latchkey:0.1.0@${digest}`,
    );
  });
});

describe('a long release name', () => {
  it('makes names that are short enough and apart', () => {
    const manifests = render({
      ...minimal,
      fullnameOverride: 'n'.repeat(48),
      metrics: { dashboard: { enabled: true } },
    });
    const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    assert.equal(new Set(names).size, names.length);
    for (const { metadata } of manifests) assert.ok(metadata.name.length <= 63, metadata.name);
  });
});
