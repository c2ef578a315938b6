import { X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { loadSettings } from '../../src/config/load-settings.js';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { describeWhere } from '../support/describe-where.js';
import { eventually, until } from '../support/wait.js';
import { startLatchkey, type Latchkey } from '../support/service.js';
import { Certificates, whyNoOpenssl } from '../support/workload/certificates.js';

/** A handshake has five minutes here. */
const BEFORE_THE_HANDSHAKE_TIMES_OUT_MS = 100_000;
const AUTHORIZATION = `Basic ${Buffer.from('elastic:changeme').toString('base64')}`;

describeWhere(whyNoOpenssl(), 'the API port with TLS', () => {
  let sandbox: Sandbox;
  let pki: Certificates;
  let latchkey: Latchkey;

  beforeAll(async () => {
    sandbox = await startSandbox();
    pki = new Certificates();
    pki.authority();
    const server = pki.issue({ san: ['DNS.1 = localhost', 'IP.1 = 127.0.0.1'] });
    pki.write('server.pem', server.cert);
    pki.write('server.key', server.key);
    latchkey = await start();
  });
  afterAll(async () => {
    await latchkey.stop();
    await sandbox.close();
    pki.remove();
  });

  const start = (): Promise<Latchkey> =>
    startLatchkey(sandbox.url, {
      LATCHKEY_TLS_ENABLED: 'true',
      LATCHKEY_TLS_CERT_FILE: pki.path('server.pem'),
      LATCHKEY_TLS_KEY_FILE: pki.path('server.key'),
      LATCHKEY_TLS_RELOAD_MS: '50',
    });

  /** Asks for the session, on a connection of its own. */
  function visit(
    options: ConnectionOptions = {},
  ): Promise<{ status: number | undefined; protocol: string | null; serial: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{
      status: number | undefined;
      protocol: string | null;
      serial: string;
    }>();
    const agent = new Agent({ keepAlive: false });
    const outgoing = request(
      `${latchkey.url}/v1/session`,
      { agent, ca: pki.read('ca.pem'), servername: 'localhost', headers: { authorization: AUTHORIZATION }, ...options },
      (response) => {
        const socket = response.socket as TLSSocket;
        resolve({
          status: response.statusCode,
          protocol: socket.getProtocol(),
          serial: socket.getPeerCertificate().serialNumber,
        });
        response.resume();
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
    return promise;
  }

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    '%s is spoken, and no client certificate is asked for',
    async (version) => {
      expect(await visit({ minVersion: version, maxVersion: version })).toMatchObject({
        status: 200,
        protocol: version,
      });
    },
  );

  test('TLS 1.1 is refused', async () => {
    await expect(
      visit({ minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    ).rejects.toThrow(/alert protocol version|ECONNRESET/);
  });

  test('clear text is not answered', async () => {
    await expect(fetch(`${latchkey.url.replace('https:', 'http:')}/v1/session`)).rejects.toThrow();
  });

  test('a renewed certificate is shown to new connections without a restart, and requests go on', async () => {
    const before = await visit();
    const renewed = pki.issue({ san: ['DNS.1 = localhost', 'IP.1 = 127.0.0.1'] });
    pki.write('server.key', renewed.key);
    pki.write('server.pem', renewed.cert);
    const statuses = new Set<number | undefined>();
    await until(async () => {
      const { status, serial } = await visit();
      statuses.add(status);
      return serial !== before.serial;
    });
    expect([...statuses]).toEqual([200]);
  });

  test('a file that cannot be used is a gauge until it is mended, and so is when the certificate ends', async () => {
    const gauge = async (name: string): Promise<number> =>
      Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await latchkey.metrics())?.[1]);
    const rejected = async (expected: number): Promise<number> => {
      await eventually(async () => expect(await gauge('latchkey_tls_files_rejected')).toBe(expected));
      return expected;
    };
    const good = pki.read('server.pem');
    const expiry = new X509Certificate(good).validToDate.getTime() / 1000;
    expect(await rejected(0)).toBe(0);
    pki.write('server.pem', 'half-written');
    expect([await rejected(1), await gauge('latchkey_tls_certificate_expiry_timestamp_seconds')]).toEqual([1, expiry]);
    pki.write('server.pem', good);
    expect([await rejected(0), await gauge('latchkey_tls_certificate_expiry_timestamp_seconds')]).toEqual([0, expiry]);
  });

  test('a client that never begins the handshake does not hold up a stop', async () => {
    const stopped = await start();
    const silent = connect(Number(new URL(stopped.url).port), '127.0.0.1');
    silent.on('error', () => undefined);
    await sleep(100);
    const started = performance.now();
    await stopped.stop();
    silent.destroy();
    expect(performance.now() - started).toBeLessThan(BEFORE_THE_HANDSHAKE_TIMES_OUT_MS);
  });
});

test('TLS without a certificate is refused at the start, naming the setting', () => {
  expect(() => loadSettings({ ELASTICSEARCH_URL: 'http://localhost:9200', LATCHKEY_TLS_ENABLED: 'true' })).toThrow(
    'LATCHKEY_TLS_CERT_FILE',
  );
});
