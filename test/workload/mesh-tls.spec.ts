import { jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { describeWhere } from '../support/describe-where.js';
import { until } from '../support/wait.js';
import { Certificates, type Issued, whyNoOpenssl } from '../support/workload/certificates.js';
import { type Mesh, ORDERS, startMesh } from '../support/workload/mesh.js';

const MAX_AGE_MS = 600_000;

describeWhere(whyNoOpenssl(), 'the TLS of the mesh port', () => {
  let pki: Certificates;
  let mesh: Mesh;
  let orders: Issued;

  beforeEach(async () => {
    pki = new Certificates();
    pki.authority();
    orders = pki.workload(ORDERS);
    mesh = await startMesh('http://127.0.0.1:9', pki, {
      LATCHKEY_TLS_RELOAD_MS: '50',
      LATCHKEY_MESH_CONNECTION_MAX_AGE_MS: String(MAX_AGE_MS),
    });
  });
  afterEach(async () => {
    await mesh.service.stop();
    pki.remove();
  });

  /** A connection that has sent one request, so that tickets have come. */
  async function visit(options: ConnectionOptions): Promise<{ socket: TLSSocket; session: Buffer | undefined }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ socket: TLSSocket; session: Buffer | undefined }>();
    let session: Buffer | undefined;
    const socket = connect(
      {
        host: '127.0.0.1',
        port: Number(new URL(mesh.meshUrl).port),
        servername: 'localhost',
        ca: pki.read('ca.pem'),
        ...orders,
        ...options,
      },
      () => socket.write('GET /v1/probe HTTP/1.1\r\nHost: a\r\n\r\n'),
    );
    socket.on('session', (ticket) => (session = ticket));
    socket.on('error', reject);
    socket.on('data', () => resolve({ socket, session }));
    return promise;
  }

  const serverName = async (): Promise<string> => {
    const { socket } = await visit({});
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(CN);
  };

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('%s is spoken', async (version) => {
    const { socket } = await visit({ minVersion: version, maxVersion: version });
    expect(socket.getProtocol()).toBe(version);
    socket.destroy();
  });

  test.each(['TLSv1', 'TLSv1.1'] as const)('%s is refused', async (version) => {
    await expect(
      visit({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }),
    ).rejects.toMatchObject({ code: expect.stringMatching(/PROTOCOL_VERSION|ECONNRESET/) });
  });

  test.each(['AES128-SHA', 'ECDHE-ECDSA-AES128-SHA'])('TLS 1.2 with %s is refused', async (ciphers) => {
    await expect(visit({ maxVersion: 'TLSv1.2', ciphers })).rejects.toMatchObject({
      code: expect.stringMatching(/HANDSHAKE_FAILURE|ECONNRESET/),
    });
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'no session of %s is resumed, so that each connection shows its certificate',
    async (version) => {
      const first = await visit({ minVersion: version, maxVersion: version });
      const session = first.session ?? first.socket.getSession();
      first.socket.destroy();
      const second = await visit({
        minVersion: version,
        maxVersion: version,
        ...(session !== undefined && { session }),
      });
      expect([session !== undefined, second.socket.isSessionReused()]).toEqual([true, false]);
      second.socket.destroy();
    },
  );

  test('an old connection is told to close with its next answer, a young one is not', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const young = await mesh.ask(orders, 'GET', '/v1/probe', { agent });
    const later = performance.now() + MAX_AGE_MS;
    const clock = jest.spyOn(performance, 'now').mockReturnValue(later);
    const old = await mesh.ask(orders, 'GET', '/v1/probe', { agent });
    clock.mockRestore();
    agent.destroy();
    expect([young.status, young.headers.connection, old.status, old.headers.connection]).toEqual([
      200,
      'keep-alive',
      200,
      'close',
    ]);
  });

  test('a renewed server certificate is shown to new connections without a restart, and that is logged once', async () => {
    const before = await serverName();
    const renewed = pki.issue({ san: ['DNS.1 = localhost'] });
    pki.write('server.key', renewed.key);
    pki.write('server.pem', renewed.cert);
    await until(async () => (await serverName()) !== before);
    await sleep(200);
    expect(mesh.log().split('have changed and are in use')).toHaveLength(2);
  });

  test.each([
    ['that is no certificate', 'server.pem', 'LATCHKEY_TLS_CERT_FILE'],
    ['that is no key', 'server.key', 'LATCHKEY_TLS_KEY_FILE'],
    ['that is no authority', 'ca.pem', 'LATCHKEY_MESH_CLIENT_CA_FILE'],
  ])(
    'a file %s changes nothing but the log, which names the setting and shows nothing of the file',
    async (_what, file, setting) => {
      const before = await serverName();
      const good = readFileSync(pki.path(file), 'utf8');
      pki.write(file, 'half-written secret');
      await until(() => mesh.log().includes('cannot be used'));
      pki.write('kept.pem', good);
      const line =
        mesh
          .log()
          .split('\n')
          .find((text) => text.includes('cannot be used')) ?? '';
      expect([JSON.parse(line).level, line.includes(setting), mesh.log().includes('half-written')]).toEqual([
        'error',
        true,
        false,
      ]);
      if (file === 'ca.pem') pki.write(file, good);
      expect(await serverName()).toBe(before);
    },
  );

  test('the key of another certificate is not taken', async () => {
    const before = await serverName();
    pki.write('server.key', pki.issue({ san: ['DNS.1 = localhost'] }).key);
    await until(() => mesh.log().includes('is not the key of the first certificate'));
    expect(await serverName()).toBe(before);
  });

  test('when the authorities change, new ones are let in, old ones not, and kept connections are told to close', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const serverCa = pki.read('ca.pem');
    await mesh.ask(orders, 'GET', '/v1/probe', { agent, tls: { ca: serverCa } });
    pki.authority('next');
    const next = pki.workload(ORDERS, { by: 'next' });
    pki.write('ca.pem', pki.read('next.pem'));
    await until(() => mesh.log().includes('have changed and are in use'));
    const kept = await mesh.ask(orders, 'GET', '/v1/probe', { agent, tls: { ca: serverCa } });
    agent.destroy();
    expect([kept.status, kept.headers.connection]).toEqual([200, 'close']);
    await expect(mesh.ask(orders, 'GET', '/v1/probe', { tls: { ca: serverCa } })).rejects.toMatchObject({
      code: expect.any(String),
    });
    expect((await mesh.ask(next, 'GET', '/v1/probe', { tls: { ca: serverCa } })).status).toBe(200);
  });
});
