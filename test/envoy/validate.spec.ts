import { ServiceError } from '../../src/errors/service-error.js';
import { readFileSync } from 'node:fs';
import { describeWhere } from '../support/describe-where.js';
import { renderEnvoyConfig } from '../../src/envoy-config/render.js';
import { ENVOY_VERSION, validateConfig, whyUnavailable } from '../support/envoy/index.js';
import { checkedQuery, ConfigFolder } from '../support/envoy/config.js';
import { Certificates, whyNoOpenssl } from '../support/workload/certificates.js';
import { istioSidecar } from './istio-sidecar.js';

const PLAIN = {
  node_id: 'orders-1',
  node_cluster: 'orders',
  latchkey_host: 'latchkey.platform.svc',
  elasticsearch_host: 'elasticsearch.search.svc',
};
const SPIFFE = 'spiffe://cluster.local/ns/platform/sa/latchkey';
const AGENT = { identity: 'agent', agent_socket: '/run/spire/sockets/agent.sock' };
const ISTIO = {
  part: 'envoy_filter',
  identity: 'agent',
  latchkey_host: 'latchkey.platform.svc',
  elasticsearch_host: 'es.search.svc',
  elasticsearch_port: '9200',
  workload_label: 'app=orders',
};

/** Names that only these tests resolve: certificates and keys that are there, for Envoy reads them while it validates. */
const VARIANTS: Record<string, Record<string, string>> = {
  defaults: {},
  'a server known by its SPIFFE id': { latchkey_spiffe_id: SPIFFE },
  'a server at an address': {
    latchkey_host: '10.0.0.7',
    latchkey_name: 'latchkey.platform.svc',
    elasticsearch_host: '10.0.0.8',
    elasticsearch_name: 'es.example',
  },
  'servers at IPv6 addresses': {
    latchkey_host: 'fd00::7',
    latchkey_name: 'latchkey.platform.svc',
    elasticsearch_host: '::1',
    elasticsearch_name: 'es.example',
    elasticsearch_port: '9201',
  },
  'ports, an admin port and times': {
    latchkey_port: '443',
    elasticsearch_port: '9243',
    listener_port: '19200',
    admin_port: '9901',
    refresh_delay: '60',
    request_timeout: '300',
  },
  'the shortest times': { refresh_delay: '1', request_timeout: '2' },
  'free ports': { listener_port: '0', admin_port: '0' },
  'Elasticsearch in clear text': { elasticsearch_tls: 'false' },
  'the SPIRE agent': AGENT,
  'the SPIRE agent with names of its own': {
    ...AGENT,
    agent_certificate: 'spiffe://example.org/ns/shop/sa/orders',
    agent_authorities: 'spiffe://example.org',
    latchkey_spiffe_id: SPIFFE,
  },
  'the Istio agent': { identity: 'agent', agent_socket: '/var/run/secrets/workload-spiffe-uds/socket' },
  'a token': { identity: 'token' },
  'a token in clear text': { identity: 'token', latchkey_tls: 'false' },
  'a token to a server known by its SPIFFE id': { identity: 'token', latchkey_spiffe_id: SPIFFE },
  'names of nodes as Istio makes them': {
    node_id: 'sidecar~10.88.3.242~orders-7d9f.shop~shop.svc.cluster.local',
    node_cluster: 'orders.shop',
  },
  'the longest names': { node_id: 'a'.repeat(253), latchkey_host: `${'a'.repeat(63)}.${'b'.repeat(63)}.svc` },
};

const REFUSED: Record<string, [query: Record<string, string>, pointer: string]> = {
  'a delay of 0, at which Envoy crashes': [{ refresh_delay: '0' }, 'query:refresh_delay'],
  'a delay below a second': [{ refresh_delay: '0.0005' }, 'query:refresh_delay'],
  'a delay with a unit': [{ refresh_delay: '1s' }, 'query:refresh_delay'],
  "Envoy's default time for a poll, in which no key can be made": [{ request_timeout: '1' }, 'query:request_timeout'],
  'no node id': [{ node_id: '' }, 'query:node_id'],
  'a node id with a line break': [{ node_id: 'a\nb' }, 'query:node_id'],
  'a node id that ends with a line break': [{ node_id: 'orders-1\n' }, 'query:node_id'],
  'a node id with YAML in it': [{ node_id: 'a", cluster: "b' }, 'query:node_id'],
  'a host with a port': [{ latchkey_host: 'latchkey:8443' }, 'query:latchkey_host'],
  'a host with a path': [{ latchkey_host: 'latchkey/x' }, 'query:latchkey_host'],
  'a host that ends with a dot': [{ latchkey_host: 'latchkey.' }, 'query:latchkey_host'],
  'an address that is none': [{ latchkey_host: '10.0.0.256', latchkey_name: 'a.b' }, 'query:latchkey_host'],
  'an IPv6 address that is none': [
    { elasticsearch_host: 'fd00::1::2', elasticsearch_name: 'a.b' },
    'query:elasticsearch_host',
  ],
  'a wildcard as the name of the server': [{ latchkey_name: '*.svc' }, 'query:latchkey_name'],
  'an address as the name of the server': [{ latchkey_name: '10.0.0.7' }, 'query:latchkey_name'],
  'an address without the name of the server': [{ latchkey_host: '10.0.0.7' }, 'query:latchkey_name'],
  'an address of Elasticsearch without its name': [{ elasticsearch_host: '10.0.0.8' }, 'query:elasticsearch_name'],
  'a crafted SPIFFE id': [
    { latchkey_spiffe_id: 'spiffe://cluster.local/a;URI=spiffe://cluster.local/b' },
    'query:latchkey_spiffe_id',
  ],
  'a SPIFFE id without a path': [{ latchkey_spiffe_id: 'spiffe://cluster.local' }, 'query:latchkey_spiffe_id'],
  'a relative path': [{ certificate_file: 'tls.crt', key_file: '/a/tls.key' }, 'query:certificate_file'],
  'a path that climbs': [{ config_folder: '/etc/../root' }, 'query:config_folder'],
  'a path with a quote': [{ authorities_file: '/a/"b' }, 'query:authorities_file'],
  'a folder with a slash at its end': [{ config_folder: '/etc/envoy/' }, 'query:config_folder'],
  'a certificate without a key': [{ certificate_file: '/a/tls.crt' }, 'query:key_file'],
  'a certificate and a key of two folders': [
    { certificate_file: '/a/tls.crt', key_file: '/b/tls.key' },
    'query:key_file',
  ],
  'clear text with a client certificate': [{ latchkey_tls: 'false' }, 'query:latchkey_tls'],
  'clear text and a name to match': [
    { identity: 'token', latchkey_tls: 'false', latchkey_name: 'a.b' },
    'query:latchkey_name',
  ],
  'clear text to Elasticsearch and authorities': [
    { elasticsearch_tls: 'false', elasticsearch_ca_file: '/a' },
    'query:elasticsearch_ca_file',
  ],
  'a token file beside a certificate': [{ token_file: '/a' }, 'query:token_file'],
  'a certificate beside a token': [
    { identity: 'token', certificate_file: '/a/c', key_file: '/a/k' },
    'query:certificate_file',
  ],
  'an agent without a socket': [{ identity: 'agent' }, 'query:agent_socket'],
  'the same port twice': [{ admin_port: '9200' }, 'query:admin_port'],
  'a listener that is its own Elasticsearch': [
    { elasticsearch_host: '127.0.0.1', elasticsearch_tls: 'false' },
    'query:elasticsearch_port',
  ],
  'a listener that is its own Latchkey': [{ latchkey_host: 'localhost', latchkey_port: '9200' }, 'query:latchkey_port'],
  'a part that the identity does not have': [{ part: 'token' }, 'query:part'],
  'an EnvoyFilter without a workload': [
    { ...ISTIO, node_id: '', node_cluster: '', workload_label: '' },
    'query:workload_label',
  ],
  'an EnvoyFilter for whoever': [{ part: 'envoy_filter', identity: 'agent' }, 'query:workload_label'],
  'an unknown parameter': [{ overwrite: 'false' }, 'query:overwrite'],
};

function pointers(query: Record<string, string>): string[] {
  try {
    checkedQuery(query);
    return [];
  } catch (error) {
    if (!(error instanceof ServiceError) || error.members.errors === undefined) throw error;
    return error.members.errors.map(({ pointer }) => pointer);
  }
}

describe('the parameters of an Envoy configuration', () => {
  test.each(Object.entries(REFUSED))('%s is refused', (_name, [query, pointer]) => {
    expect(pointers({ ...PLAIN, ...query })).toContain(pointer);
  });

  test.each(['', 'a b', 'a\n', '-a', 'a/b', 'a"', 'é', 'a'.repeat(129)])(
    'a profile called %j is never put into a configuration',
    (name) => {
      expect(() => renderEnvoyConfig({ name, headerValue: 'encoded' }, checkedQuery(PLAIN))).toThrow(
        'a profile cannot be called',
      );
    },
  );

  test('what was not checked before is checked by the rendering itself', () => {
    expect(() =>
      renderEnvoyConfig({ name: 'orders', headerValue: 'encoded' }, { ...PLAIN, latchkey_tls: false }),
    ).toThrow('not valid');
  });
});

describeWhere(whyNoOpenssl() ?? (await whyUnavailable()), `envoy --mode validate (Envoy ${ENVOY_VERSION})`, () => {
  let pki: Certificates;
  let folder: ConfigFolder;
  let files: Record<string, string>;

  beforeAll(() => {
    pki = new Certificates();
    const authority = pki.authority();
    const { cert, key } = pki.workload('spiffe://cluster.local/ns/shop/sa/orders');
    folder = new ConfigFolder();
    files = {
      certificate: folder.write('identity/tls.crt', cert),
      key: folder.write('identity/tls.key', key),
      authorities: folder.write('identity/ca.crt', authority),
      token: folder.write('identity/token', 'a.b.c'),
    };
  });
  afterAll(() => {
    folder.remove();
    pki.remove();
  });

  const withFiles = (query: Record<string, string>): Record<string, string> => ({
    ...(query['elasticsearch_tls'] !== 'false' && { elasticsearch_ca_file: files['authorities'] ?? '' }),
    ...((query['identity'] ?? 'files') === 'files' && {
      certificate_file: files['certificate'] ?? '',
      key_file: files['key'] ?? '',
      authorities_file: files['authorities'] ?? '',
    }),
    ...(query['identity'] === 'token' && {
      token_file: files['token'] ?? '',
      ...(query['latchkey_tls'] !== 'false' && { authorities_file: files['authorities'] ?? '' }),
    }),
    ...query,
  });

  describe.each(['encoded', 'authorization'] as const)('with header_value %s', (headerValue) => {
    test.each(Object.entries(VARIANTS))('%s is accepted', async (_name, query) => {
      const file = folder.render({ name: 'orders-logs-writer', headerValue }, { ...PLAIN, ...withFiles(query) });
      expect(await validateConfig(readFileSync(file, 'utf8'))).toBeUndefined();
    });
  });

  test('the EnvoyFilter for Istio is accepted where Istio would put its parts', async () => {
    const text = renderEnvoyConfig({ name: 'orders-logs-writer', headerValue: 'encoded' }, checkedQuery(ISTIO));
    expect(
      await validateConfig(
        JSON.stringify(istioSidecar(text, './socket', [{ host: ISTIO.elasticsearch_host, port: 9200 }])),
      ),
    ).toBeUndefined();
  });

  test('what is accepted is not accepted for want of looking: a field that Envoy does not know is an error', async () => {
    const file = folder.render({ name: 'orders', headerValue: 'encoded' }, { ...PLAIN, ...withFiles({}) });
    expect(await validateConfig(readFileSync(file, 'utf8').replace('overwrite:', 'overwrites:'))).toContain(
      'overwrites',
    );
  });
});
