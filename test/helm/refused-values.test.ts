import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { chart, template, type Json } from './support.ts';

const url = 'https://es.example.org:9200';
const repository = 'registry.example.org/latchkey';
const accepted: Json = { image: { repository }, elasticsearch: { url } };

const keyTemplate = (other: Json): Json => ({
  name: 'reader',
  role_descriptors: { reader: { cluster: ['monitor'] } },
  max_lifetime: '30d',
  allow: [],
  ...other,
});

/** What is refused, the values beside the accepted ones, and what Helm's message must name. */
const REFUSED: Array<[string, Json, RegExp]> = [
  ['no Elasticsearch', { elasticsearch: { url: '' } }, /\/elasticsearch\/url/],
  ['http:// to Elasticsearch without saying so', { elasticsearch: { url: 'http://es:9200' } }, /\/elasticsearch\/url/],
  ['http:// in the second address', { elasticsearch: { url: `${url},http://es:9200` } }, /\/elasticsearch\/url/],
  ['a password in the address', { elasticsearch: { url: 'https://elastic:secret@es:9200' } }, /\/elasticsearch\/url/],
  ['a query in the address', { elasticsearch: { url: 'https://es:9200?x=y' } }, /\/elasticsearch\/url/],
  ['a password as a value', { elasticsearch: { url, serviceIdentity: { password: 'secret' } } }, /password/],
  ['a secret setting', { settings: { ELASTICSEARCH_SERVICE_TOKEN: 'AAEAAWVs' } }, /ELASTICSEARCH_SERVICE_TOKEN/],
  ['certificates that are not verified', { settings: { ELASTICSEARCH_TLS_VERIFY: false } }, /ELASTICSEARCH_TLS_VERIFY/],
  ['NODE_ENV', { settings: { NODE_ENV: 'development' } }, /NODE_ENV/],
  ['a setting that the service does not know', { settings: { LATCHKEY_LOG_LEVLE: 'info' } }, /LATCHKEY_LOG_LEVLE/],
  ['a setting out of its range', { settings: { LATCHKEY_BODY_LIMIT_BYTES: 2_000_000 } }, /LATCHKEY_BODY_LIMIT_BYTES/],
  ['a setting of the wrong type', { settings: { LATCHKEY_DOCS_ENABLED: 'yes' } }, /LATCHKEY_DOCS_ENABLED/],
  ['a setting that names a file', { settings: { LATCHKEY_AUDIT_FILE: '/tmp/audit' } }, /LATCHKEY_AUDIT_FILE/],
  ['the user root', { securityContext: { runAsUser: 0 } }, /\/securityContext\/runAsUser/],
  ['the group root', { securityContext: { runAsGroup: 0 } }, /\/securityContext\/runAsGroup/],
  ['privileged', { securityContext: { privileged: true } }, /privileged/],
  ['a writable root file system', { securityContext: { readOnlyRootFilesystem: false } }, /readOnlyRootFilesystem/],
  ['no image', { image: {} }, /\/image\/repository/],
  ['the tag latest', { image: { repository, tag: 'latest' } }, /\/image\/tag/],
  ['the tag Latest', { image: { repository, tag: 'Latest' } }, /\/image\/tag/],
  ['the tag dev', { image: { repository, tag: 'dev' } }, /\/image\/tag/],
  ['the tag stable', { image: { repository, tag: 'stable' } }, /\/image\/tag/],
  ['a tag in the repository', { image: { repository: 'latchkey:latest' } }, /\/image\/repository/],
  ['a digest of the wrong form', { image: { repository, digest: 'sha256:abc' } }, /\/image\/digest/],
  [
    'a heap above the memory limit',
    { heap: { oldSpaceMb: 512 } },
    /heap: V8 may take 560 MiB .* resources\.limits\.memory/,
  ],
  [
    'a memory limit below the heap, in other units',
    { resources: { limits: { memory: '184M' } } },
    /which resources\.limits\.memory/,
  ],
  [
    'a memory limit below the heap, in bytes',
    { resources: { limits: { memory: 184_000_000 } } },
    /which resources\.limits\.memory/,
  ],
  ['no memory limit', { resources: { limits: { memory: null } } }, /\/resources\/limits/],
  ['an Ingress without TLS', { ingress: { enabled: true, hosts: [{ host: 'a.example.org' }] } }, /\/ingress\/tls/],
  [
    'an Ingress without host',
    { ingress: { enabled: true, tls: [{ secretName: 't', hosts: ['a.example.org'] }] } },
    /\/ingress\/hosts/,
  ],
  [
    'a load balancer without TLS',
    { service: { type: 'LoadBalancer' } },
    /service\.type LoadBalancer .* set tls\.enabled/,
  ],
  ['a node port without TLS', { service: { type: 'NodePort' } }, /service\.type NodePort .* set tls\.enabled/],
  [
    'a load balancer for a network of no form',
    { service: { loadBalancerSourceRanges: ['everybody'] } },
    /loadBalancerSourceRanges/,
  ],
  ['a route without Gateway', { httpRoute: { enabled: true } }, /\/httpRoute\/parentRefs/],
  [
    'a mesh port without certificate',
    { mesh: { enabled: true, trustDomains: ['example.org'], clientCa: { secret: 'ca' } } },
    /\/tls\/secret/,
  ],
  ['TLS of the API without certificate', { tls: { enabled: true } }, /\/tls\/secret/],
  [
    'a mesh port without authorities',
    { tls: { secret: 'tls' }, mesh: { enabled: true, trustDomains: ['example.org'] } },
    /\/mesh/,
  ],
  [
    'a mesh port without trust domain',
    { tls: { secret: 'tls' }, mesh: { enabled: true, clientCa: { secret: 'ca' } } },
    /\/mesh\/trustDomains/,
  ],
  ['X-Forwarded-Client-Cert from a network', { mesh: { xfccTrusted: ['10.0.0.0/8'] } }, /\/mesh\/xfccTrusted/],
  [
    'two sources of authorities',
    { elasticsearch: { url, ca: { secret: 'a', configMap: 'b' } } },
    /\/elasticsearch\/ca/,
  ],
  [
    'keys of an issuer over http://',
    { workloadIssuers: { issuers: [{ issuer: 'x', kind: 'jwt', audience: 'latchkey', jwks_uri: 'http://x/keys' }] } },
    /jwks_uri/,
  ],
  [
    'a manager that matches every key',
    { managedKeys: { managers: [{ label: 'a', owner: 'b', consequence: 'c', match: {} }] } },
    /\/match/,
  ],
  [
    'a label by which the chart selects',
    { podLabels: { 'app.kubernetes.io/name': 'x' } },
    /invalid propertyName 'app.kubernetes.io\/name'/,
  ],
  ['a peer of no kind', { networkPolicy: { apiFrom: [{}] } }, /apiFrom/],
  [
    'an egress rule for every port',
    { networkPolicy: { extraEgress: [{ to: [{ ipBlock: { cidr: '10.1.0.0/16' } }] }] } },
    /extraEgress/,
  ],
  ['no DNS port', { networkPolicy: { dnsPorts: [] } }, /dnsPorts/],
  ['no replica', { replicaCount: 0 }, /\/replicaCount/],
  ['a drain as long as the whole stop', { settings: { LATCHKEY_DRAIN_MS: 20_000 } }, /LATCHKEY_DRAIN_MS must be less/],
  [
    'fewer replicas at most than at least',
    { autoscaling: { enabled: true, minReplicas: 7, maxReplicas: 3 } },
    /minReplicas/,
  ],
  [
    'profiles without a service identity',
    { profiles: { existingConfigMap: 'profiles' } },
    /profiles need a service identity/,
  ],
  [
    'an audit index without a service identity',
    { settings: { LATCHKEY_AUDIT_INDEX: 'audit' } },
    /LATCHKEY_AUDIT_INDEX needs a service identity/,
  ],
  [
    'templates without a service identity',
    { managedKeys: { templates: [keyTemplate({})] } },
    /templates need a service identity/,
  ],
  [
    'a template with all rights of the service',
    { managedKeys: { templates: [keyTemplate({ role_descriptors: {} })] } },
    /role_descriptors/,
  ],
  [
    'the token of a pod that has none',
    {
      workloadIssuers: {
        issuers: [
          {
            issuer: 'x',
            kind: 'kubernetes',
            audience: 'latchkey',
            jwks_uri: 'https://x/keys',
            jwks_token_file: '/var/run/secrets/kubernetes.io/serviceaccount/token',
          },
        ],
      },
    },
    /only with tokenReview.enabled/,
  ],
  ['an extra container', { extraContainers: [] }, /extraContainers/],
];

describe('helm refuses', () => {
  for (const [what, values, named] of REFUSED) {
    it(what, () => assert.match(template({ ...accepted, ...values }).error, named));
  }
});

describe('helm takes', () => {
  const ACCEPTED: Array<[string, Json]> = [
    ['the least', {}],
    ['http:// to Elasticsearch when that is said', { elasticsearch: { url: 'http://es:9200', allowInsecure: true } }],
    [
      'an Ingress without TLS when that is said',
      { ingress: { enabled: true, allowInsecure: true, hosts: [{ host: 'a.example.org' }] } },
    ],
    ['a memory limit just above the heap', { resources: { limits: { memory: '177Mi' } } }],
    ['a memory limit just above the heap, in bytes', { resources: { limits: { memory: 186_000_000 } } }],
    ['a larger heap under a larger limit', { heap: { oldSpaceMb: 1024 }, resources: { limits: { memory: '1.5Gi' } } }],
    ['a load balancer with TLS', { service: { type: 'LoadBalancer' }, tls: { enabled: true, secret: 'tls' } }],
    ['a load balancer without TLS when that is said', { service: { type: 'LoadBalancer', allowInsecure: true } }],
    ['a user that the platform chooses', { securityContext: { runAsUser: null, runAsGroup: null } }],
  ];
  for (const [what, values] of ACCEPTED) it(what, () => assert.equal(template({ ...accepted, ...values }).error, ''));
});

describe('the schema', () => {
  const schema: Json = JSON.parse(readFileSync(`${chart}/values.schema.json`, 'utf8'));

  /** Objects whose content the chart hands on as it is: Kubernetes or the service checks it. */
  const HANDED_ON = [
    '/properties/affinity/properties/nodeAffinity',
    '/properties/affinity/properties/podAffinity',
    '/properties/affinity/properties/podAntiAffinity',
  ];

  it('refuses unknown keys in every object but those that are handed on', () => {
    const open: string[] = [];
    const visit = (node: Json, path: string): void => {
      if (typeof node !== 'object' || node === null) return;
      if (node.type === 'object' && !('additionalProperties' in node) && node.maxProperties !== 0) open.push(path);
      for (const [name, child] of Object.entries(node)) visit(child, `${path}/${name}`);
    };
    visit(schema, '');
    // What a profile may hold is the service's own schema.
    const ofChart = open.filter(
      (path) =>
        !path.startsWith('/properties/profiles/properties/definitions/items') &&
        !path.endsWith('/role_descriptors/additionalProperties'),
    );
    assert.deepEqual(ofChart.sort(), HANDED_ON);
  });
});
