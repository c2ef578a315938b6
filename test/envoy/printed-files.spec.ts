import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describeWhere } from '../support/describe-where.js';
import { renderEnvoyConfig } from '../../src/envoy-config/render.js';
import { ENVOY_VERSION, startEnvoy, until, whyUnavailable, type RunningEnvoy } from '../support/envoy/index.js';
import { startIdentityAgent } from '../support/envoy/agent.js';
import { checkedQuery, ConfigFolder } from '../support/envoy/config.js';
import {
  secretAnswer,
  startRecordingServer,
  type Received,
  type RecordingServer,
} from '../support/envoy/recording-server.js';
import { Certificates, whyNoOpenssl } from '../support/workload/certificates.js';
import { istioSidecar } from './istio-sidecar.js';

const ORDERS = 'spiffe://cluster.local/ns/shop/sa/orders';
const LATCHKEY = 'spiffe://cluster.local/ns/platform/sa/latchkey';
const PROFILE = { name: 'orders-logs-writer', headerValue: 'encoded' } as const;
/** Only ends a hang. */
const READY_MS = 240_000;

/** Files as Kubernetes mounts them: links through `..data`, which is replaced by one move when their content changes. */
class MountedFiles {
  private count = 0;

  constructor(readonly path: string) {
    mkdirSync(path);
  }

  put(files: Record<string, string>): void {
    const folder = `..${++this.count}`;
    mkdirSync(join(this.path, folder));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(this.path, folder, name), content);
    symlinkSync(folder, join(this.path, '..data_tmp'));
    renameSync(join(this.path, '..data_tmp'), join(this.path, '..data'));
    for (const name of Object.keys(files)) {
      if (!readdirSync(this.path).includes(name)) symlinkSync(join('..data', name), join(this.path, name));
    }
  }
}

describe('the parts of an Envoy configuration', () => {
  const query = { node_id: 'orders-1', node_cluster: 'orders', latchkey_host: 'latchkey', elasticsearch_host: 'es' };

  test('the ConfigMap holds each file as it is printed alone', () => {
    const text = renderEnvoyConfig(PROFILE, checkedQuery({ ...query, part: 'config_map' }));
    const part = (name: string): string => renderEnvoyConfig(PROFILE, checkedQuery({ ...query, part: name }));
    expect(load(text)).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'envoy-orders-logs-writer' },
      data: {
        'envoy.yaml': part('bootstrap'),
        'certificate.yaml': part('certificate'),
        'authorities.yaml': part('authorities'),
      },
    });
  });

  test('clear text is named at the top', () => {
    const text = renderEnvoyConfig(PROFILE, checkedQuery({ ...query, elasticsearch_tls: 'false' }));
    expect(text).toContain('# The key travels to Elasticsearch in clear text.\n');
  });
});

describeWhere(whyNoOpenssl() ?? (await whyUnavailable()), `the printed files (Envoy ${ENVOY_VERSION})`, () => {
  let pki: Certificates;
  let folder: ConfigFolder;
  let elasticsearch: RecordingServer;
  let latchkey: RecordingServer;
  let envoy: RunningEnvoy | undefined;
  let mounted: MountedFiles;
  let count = 0;

  beforeAll(async () => {
    pki = new Certificates();
    pki.authority();
    elasticsearch = await startRecordingServer(() => ({}));
    const { cert, key } = pki.issue({ san: [`URI.1 = ${LATCHKEY}`, 'DNS.1 = localhost'] });
    latchkey = await startRecordingServer((call) => secretAnswer(call, 'a2V5'), {
      cert,
      key,
      ca: pki.read('ca.pem'),
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.3',
    });
  });
  beforeEach(() => {
    folder = new ConfigFolder();
    mounted = new MountedFiles(join(folder.path, 'mounted'));
    latchkey.received.length = 0;
    elasticsearch.received.length = 0;
    count += 1;
  });
  afterEach(async () => {
    await envoy?.stop();
    envoy = undefined;
    folder.remove();
  });
  afterAll(async () => {
    await latchkey.stop();
    await elasticsearch.stop();
    pki.remove();
  });

  const query = (more: Record<string, string>): Record<string, string> => ({
    node_id: `orders-${count}`,
    node_cluster: 'orders',
    latchkey_host: 'localhost',
    latchkey_port: String(latchkey.port),
    authorities_file: `${mounted.path}/ca.crt`,
    elasticsearch_host: '127.0.0.1',
    elasticsearch_port: String(elasticsearch.port),
    elasticsearch_tls: 'false',
    listener_port: '0',
    admin_port: '0',
    refresh_delay: '1',
    ...more,
  });
  const byCertificate = (): Record<string, string> =>
    query({ certificate_file: `${mounted.path}/tls.crt`, key_file: `${mounted.path}/tls.key` });
  const certificateFiles = (uri: string): Record<string, string> => {
    const { cert, key } = pki.workload(uri);
    return { 'tls.crt': cert, 'tls.key': key, 'ca.crt': pki.read('ca.pem') };
  };
  const start = async (parameters: Record<string, string>, ...more: string[]): Promise<RunningEnvoy> => {
    envoy = await startEnvoy(folder.render(PROFILE, parameters), { arguments: more });
    return envoy;
  };
  const poll = (matches: (call: Received) => boolean): Promise<Received> =>
    until(READY_MS, 'such a poll', async () => latchkey.received.find(matches));

  test('bring Envoy to show its certificate and the name of the server, and to inject what it is given', async () => {
    mounted.put(certificateFiles(ORDERS));
    const running = await start(byCertificate());
    await running.ready(READY_MS);
    await fetch(`${await running.listener('to_elasticsearch')}/_search`, {
      headers: { authorization: 'Basic bWluZQ==' },
    });
    expect(latchkey.received[0]).toMatchObject({
      path: '/v3/discovery:secrets',
      client: `URI:${ORDERS}`,
      serverName: 'localhost',
      headers: { 'x-envoy-expected-rq-timeout-ms': '30000' },
    });
    expect(elasticsearch.received[0]).toMatchObject({
      path: '/_search',
      headers: { authorization: 'ApiKey a2V5', host: `127.0.0.1:${elasticsearch.port}` },
    });
  });

  test('let Envoy show a certificate that Kubernetes has replaced, without a restart', async () => {
    mounted.put(certificateFiles(ORDERS));
    await (await start(byCertificate())).ready(READY_MS);
    mounted.put(certificateFiles(`${ORDERS}-renewed`));
    expect((await poll(({ client }) => client !== `URI:${ORDERS}`)).client).toBe(`URI:${ORDERS}-renewed`);
  });

  test('let Envoy send a token that Kubernetes has replaced, without a restart', async () => {
    mounted.put({ token: 'first', 'ca.crt': pki.read('ca.pem') });
    await (await start(query({ identity: 'token', token_file: `${mounted.path}/token` }))).ready(READY_MS);
    mounted.put({ token: 'second', 'ca.crt': pki.read('ca.pem') });
    const { headers } = await poll((call) => call.headers.authorization !== 'Bearer first');
    expect([latchkey.received[0]?.headers.authorization, headers.authorization]).toEqual([
      'Bearer first',
      'Bearer second',
    ]);
  });

  test('let the command line name the instance', async () => {
    mounted.put(certificateFiles(ORDERS));
    await (await start(byCertificate(), '--service-node', 'pod-7')).ready(READY_MS);
    expect(latchkey.received[0]?.body.node).toMatchObject({ id: 'pod-7', cluster: 'orders' });
  });

  test.each([
    ['another name', { latchkey_name: 'other.svc' }],
    ['another SPIFFE id', { latchkey_spiffe_id: `${LATCHKEY}-other` }],
  ])('keep Envoy from asking a server of the same authority with %s', async (_name, more) => {
    mounted.put(certificateFiles(ORDERS));
    const running = await start({ ...byCertificate(), ...more });
    await until(READY_MS, 'a failed handshake', async () =>
      (await running.stats(/cluster\.latchkey\.ssl\.fail_verify_san/))['cluster.latchkey.ssl.fail_verify_san']
        ? true
        : undefined,
    );
    expect([latchkey.received, await running.isReady()]).toEqual([[], false]);
  });

  test('let Envoy ask a server with the SPIFFE id', async () => {
    mounted.put(certificateFiles(ORDERS));
    await (await start({ ...byCertificate(), latchkey_spiffe_id: LATCHKEY })).ready(READY_MS);
    expect(latchkey.received[0]?.client).toBe(`URI:${ORDERS}`);
  });

  test('let Envoy show what an agent with a Unix socket gives it, also when the agent has renewed it', async () => {
    const agent = await startIdentityAgent(join(folder.path, 'agent.sock'), pki.workload(ORDERS), pki.read('ca.pem'));
    const { authorities_file: _unused, ...common } = query({
      identity: 'agent',
      agent_socket: join(folder.path, 'agent.sock'),
    });
    await (await start(common)).ready(READY_MS);
    agent.renew(pki.workload(`${ORDERS}-renewed`));
    const { client } = await poll((call) => call.client !== `URI:${ORDERS}`);
    await envoy?.stop();
    await agent.stop();
    expect([agent.asked.sort(), latchkey.received[0]?.client, client]).toEqual([
      ['ROOTCA', 'default'],
      `URI:${ORDERS}`,
      `URI:${ORDERS}-renewed`,
    ]);
  });

  test('let a sidecar in the form of Istio send the key to Elasticsearch alone, whatever else is called on the port', async () => {
    const other = await startRecordingServer(() => ({}));
    const agent = await startIdentityAgent(join(folder.path, 'agent.sock'), pki.workload(ORDERS), pki.read('ca.pem'));
    const parameters = {
      part: 'envoy_filter',
      identity: 'agent',
      latchkey_host: 'localhost',
      latchkey_port: String(latchkey.port),
      elasticsearch_host: 'es.search.svc',
      workload_label: 'app=orders',
    };
    const sidecar = istioSidecar(
      renderEnvoyConfig(PROFILE, checkedQuery(parameters)),
      join(folder.path, 'agent.sock'),
      [
        { host: 'es.search.svc', port: elasticsearch.port },
        { host: 'other.shop.svc', port: other.port },
      ],
    );
    envoy = await startEnvoy(folder.write('envoy.yaml', JSON.stringify(sidecar)));
    await envoy.ready(READY_MS);
    for (const host of ['es.search.svc:9200', 'other.shop.svc:9200'])
      await callAs(await envoy.listener('outbound'), host);
    await Promise.all([other.stop(), agent.stop()]);
    expect([latchkey.received[0]?.client, elasticsearch.received[0]?.headers.authorization]).toEqual([
      `URI:${ORDERS}`,
      'ApiKey a2V5',
    ]);
    expect([other.received.length, other.received[0]?.headers.authorization]).toEqual([1, undefined]);
  });

  test('let Envoy send no request on without a key', async () => {
    // Such an answer opens the listener at once.
    const empty = await startRecordingServer(() => ({ version_info: '1', resources: [] }));
    mounted.put({ token: 'first' });
    const { authorities_file: _unused, ...common } = query({
      identity: 'token',
      latchkey_tls: 'false',
      token_file: `${mounted.path}/token`,
      latchkey_port: String(empty.port),
    });
    const running = await start(common);
    await running.ready(READY_MS);
    const answer = await fetch(`${await running.listener('to_elasticsearch')}/`, {
      headers: { authorization: 'Basic bWluZQ==' },
    });
    await empty.stop();
    expect([answer.status, await answer.text(), elasticsearch.received]).toEqual([
      401,
      'Failed to inject credential.',
      [],
    ]);
  });
});

/** fetch sets Host itself. */
function callAs(url: string, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end();
  });
}
