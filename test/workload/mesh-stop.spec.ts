import { Agent } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { describeWhere } from '../support/describe-where.js';
import { until } from '../support/wait.js';
import { Certificates, type Issued, whyNoOpenssl } from '../support/workload/certificates.js';
import { type Mesh, ORDERS, startMesh } from '../support/workload/mesh.js';
import { begun, holds } from '../support/workload/probe.js';

/** A handshake has five minutes here. */
const BEFORE_ANY_TIMEOUT_MS = 100_000;
const HOLD = '/v3/probe:hold';

describeWhere(whyNoOpenssl(), 'a stop, seen from the mesh port,', () => {
  let pki: Certificates;
  let mesh: Mesh;
  let orders: Issued;

  beforeAll(() => {
    pki = new Certificates();
    pki.authority();
    orders = pki.workload(ORDERS);
  });
  afterAll(() => pki.remove());

  beforeEach(async () => {
    holds.length = 0;
    begun.count = 0;
    mesh = await startMesh('http://127.0.0.1:9', pki, {
      LATCHKEY_HANDLER_TIMEOUT_MS: '300',
      LATCHKEY_KEEP_ALIVE_TIMEOUT_MS: '3600000',
    });
  });

  async function stopMs(options = {}): Promise<number> {
    const started = performance.now();
    await mesh.service.stop(options);
    return performance.now() - started;
  }

  test('ends polls that are held back at once, with an answer, and closes their connections', async () => {
    const polls = Array.from({ length: 20 }, () =>
      mesh.ask(orders, 'POST', HOLD, { body: { hold_ms: 25_000 }, agent: new Agent({ keepAlive: true }) }),
    );
    await until(() => begun.count === polls.length);
    await mesh.service.stop();
    const answers = await Promise.all(polls);
    expect(answers.map(({ status, body, headers }) => [status, body.ended_early, headers.connection])).toEqual(
      answers.map(() => [201, true, 'close']),
    );
  });

  test('does not cut off an answer that is on its way', async () => {
    const answer = mesh.ask(orders, 'GET', '/v1/probe');
    const [, { status }] = await Promise.all([mesh.service.stop({ drainMs: 500 }), answer]);
    expect(status).toBe(200);
  });

  test('still answers during the drain, and closes the connection then', async () => {
    const stopped = mesh.service.stop({ drainMs: 500 });
    const { status, headers } = await mesh.ask(orders, 'GET', '/v1/probe', {
      agent: new Agent({ keepAlive: true, maxSockets: 1 }),
    });
    const held = await mesh.ask(orders, 'POST', HOLD, { body: { hold_ms: 25_000 } });
    await stopped;
    expect([status, headers.connection, held.body.ended_early]).toEqual([200, 'close', true]);
  });

  test('takes no new connection afterwards', async () => {
    await mesh.service.stop();
    await expect(mesh.ask(orders)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('is not held up by a kept connection', async () => {
    const agent = new Agent({ keepAlive: true });
    await mesh.ask(orders, 'GET', '/v1/probe', { agent });
    expect(await stopMs()).toBeLessThan(BEFORE_ANY_TIMEOUT_MS);
    agent.destroy();
  });

  test.each([
    ['that never begins the handshake', (port: number) => connect(port, '127.0.0.1')],
    [
      'that says nothing after the handshake',
      (port: number) =>
        connectTls({ port, host: '127.0.0.1', ca: pki.read('ca.pem'), servername: 'localhost', ...orders }),
    ],
  ])('is not held up by a client %s', async (_what, open) => {
    const socket = open(Number(new URL(mesh.meshUrl).port));
    socket.on('error', () => undefined);
    await sleep(100);
    expect(await stopMs()).toBeLessThan(BEFORE_ANY_TIMEOUT_MS);
    socket.destroy();
  });

  test('aside, a poll is held longer than a handler may take', async () => {
    const { status, body } = await mesh.ask(orders, 'POST', HOLD, { body: { hold_ms: 900 } });
    await mesh.service.stop();
    expect([status, body.ended_early]).toEqual([201, false]);
  });

  test('aside, a poll whose client has gone is held no longer', async () => {
    const agent = new Agent({ keepAlive: true });
    const gone = mesh.ask(orders, 'POST', HOLD, { body: { hold_ms: 25_000 }, agent }).catch(() => undefined);
    await until(() => begun.count === 1);
    agent.destroy();
    await gone;
    await until(() => holds.length === 1);
    await mesh.service.stop();
    expect(holds).toEqual([true]);
  });
});
