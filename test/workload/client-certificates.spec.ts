import { Agent } from 'node:https';
import { MovableClock } from '../support/clock.js';
import { describeWhere } from '../support/describe-where.js';
import { Certificates, type Issued, type Leaf, whyNoOpenssl } from '../support/workload/certificates.js';
import { type Mesh, ORDERS, startMesh } from '../support/workload/mesh.js';

const ADMIN = 'spiffe://cluster.local/ns/shop/sa/admin';

describeWhere(whyNoOpenssl(), 'a client certificate', () => {
  let pki: Certificates;
  let mesh: Mesh;
  let clock: MovableClock;
  let orders: Issued;

  beforeAll(async () => {
    clock = new MovableClock();
    pki = new Certificates();
    pki.authority();
    pki.authority('stranger');
    orders = pki.workload(ORDERS);
    mesh = await startMesh('http://127.0.0.1:9', pki);
  });
  afterAll(async () => {
    await mesh.service.stop();
    pki.remove();
    clock.restore();
  });

  async function refused(leaf: Leaf): Promise<void> {
    const { status, body, headers } = await mesh.ask(pki.issue(leaf));
    expect([status, body.code, headers.connection, headers['www-authenticate']]).toEqual([
      401,
      'workload.unauthenticated',
      'close',
      'Bearer',
    ]);
  }

  test('of one SPIFFE id is enough, whatever DNS names stand beside it', async () => {
    const { status, body } = await mesh.ask(
      pki.issue({ san: [`URI.1 = ${ORDERS}`, 'DNS.1 = orders.shop.svc', 'IP.1 = 10.0.0.1', 'email.1 = a@b.example'] }),
    );
    expect([status, body.subject, body.source]).toEqual([200, ORDERS, 'mtls']);
  });

  test('says how long its workload is proved', async () => {
    const notAfter = new Date(Math.ceil(Date.now() / 1000) * 1000 + 600_000);
    expect((await mesh.ask(pki.workload(ORDERS, { notAfter }))).body.validUntilMs).toBe(notAfter.getTime());
  });

  test('of an intermediate authority is good while that is, and not once that has ended', async () => {
    const leafOf = (intermediate: Issued): Issued => {
      const leaf = pki.workload(ORDERS, { by: pki.lastName });
      return { ...leaf, cert: leaf.cert + intermediate.cert };
    };
    expect((await mesh.ask(leafOf(pki.issue({ ca: true })))).body.subject).toBe(ORDERS);
    const ended = leafOf(
      pki.issue({ ca: true, notBefore: new Date(Date.now() - 7_200_000), notAfter: new Date(Date.now() - 60_000) }),
    );
    await expect(mesh.ask(ended)).rejects.toMatchObject({ code: expect.any(String) });
  });

  test.each([
    ['none', undefined],
    ['one of another authority', 'stranger'],
  ])('%s does not get through the handshake', async (_what, by) => {
    const client = by === undefined ? undefined : pki.workload(ORDERS, { by });
    await expect(mesh.ask(client)).rejects.toMatchObject({
      code: expect.stringMatching(/^(ECONNRESET|EPIPE|ERR_SSL_\w*ALERT\w*)$/),
    });
  });

  test.each([
    ['an expired one', { notBefore: -7200, notAfter: -3600 }],
    ['one that is not valid yet', { notBefore: 3600, notAfter: 7200 }],
  ])('%s does not get through the handshake', async (_what, { notBefore, notAfter }) => {
    const at = (seconds: number): Date => new Date(Date.now() + seconds * 1000);
    await expect(
      mesh.ask(pki.workload(ORDERS, { notBefore: at(notBefore), notAfter: at(notAfter) })),
    ).rejects.toMatchObject({ code: expect.any(String) });
  });

  test('that ends while its connection stays open is refused from then on, and the connection is closed', async () => {
    const notAfter = new Date(Math.ceil(Date.now() / 1000) * 1000 + 600_000);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const short = pki.workload(ORDERS, { notAfter });
    const first = await mesh.ask(short, 'GET', '/v1/probe', { agent });
    const ahead = notAfter.getTime() - Date.now() + 20;
    clock.forward(ahead);
    const kept = Object.values(agent.freeSockets).flat().length;
    const second = await mesh.ask(short, 'GET', '/v1/probe', { agent });
    clock.forward(-ahead);
    agent.destroy();
    expect([first.status, kept, second.status, second.body.code, second.headers.connection]).toEqual([
      200,
      1,
      401,
      'workload.unauthenticated',
      'close',
    ]);
  });

  test.each<[string, Leaf]>([
    ['no alternative name', {}],
    ['DNS names only', { san: ['DNS.1 = orders.shop.svc'] }],
    ['two SPIFFE ids', { san: [`URI.1 = ${ORDERS}`, `URI.2 = ${ADMIN}`] }],
    ['the same SPIFFE id twice', { san: [`URI.1 = ${ORDERS}`, `URI.2 = ${ORDERS}`] }],
    ['a SPIFFE id and another URI', { san: [`URI.1 = ${ORDERS}`, 'URI.2 = https://example.com/'] }],
    ['a URI of another scheme', { san: ['URI.1 = https://cluster.local/ns/shop/sa/orders'] }],
    ['a SPIFFE id of another trust domain', { san: ['URI.1 = spiffe://other.example/ns/shop/sa/orders'] }],
    [
      'a trust domain that only begins like ours',
      { san: ['URI.1 = spiffe://cluster.local.evil.example/ns/shop/sa/orders'] },
    ],
    ['a trust domain in upper case', { san: ['URI.1 = spiffe://Cluster.Local/ns/shop/sa/orders'] }],
    ['the scheme in upper case', { san: ['URI.1 = SPIFFE://cluster.local/ns/shop/sa/orders'] }],
    ['a SPIFFE id without path, which is that of the trust domain', { san: ['URI.1 = spiffe://cluster.local'] }],
    ['an empty segment', { san: ['URI.1 = spiffe://cluster.local/ns//sa/orders'] }],
    ['a slash at the end', { san: [`URI.1 = ${ORDERS}/`] }],
    ['dot segments', { san: ['URI.1 = spiffe://cluster.local/ns/shop/sa/admin/../orders'] }],
    ['an escaped character', { san: ['URI.1 = spiffe://cluster.local/ns/shop/sa/%6frders'] }],
    ['a port', { san: ['URI.1 = spiffe://cluster.local:443/ns/shop/sa/orders'] }],
    ['a user', { san: ['URI.1 = spiffe://cluster.local@evil/ns/shop/sa/orders'] }],
    ['a query', { san: [`URI.1 = ${ORDERS}?x=1`] }],
    ['a fragment', { san: [`URI.1 = ${ORDERS}\\#x`] }],
    ['a second URI behind a comma', { san: [`URI.1 = ${ORDERS}\\, URI:${ADMIN}`] }],
    ['a second URI behind a comma without blank', { san: [`URI.1 = ${ORDERS}\\,URI:${ADMIN}`] }],
    ['a semicolon and a pair of XFCC', { san: [`URI.1 = ${ORDERS}\\;URI=${ADMIN}`] }],
    ['quotes around it', { san: [`URI.1 = \\"${ADMIN}\\"`] }],
    ['a blank before it', { san: [`URI.1 = "\\ ${ORDERS}"`] }],
    ['a DNS name that holds a URI', { san: [`DNS.1 = a\\, URI:${ADMIN}`] }],
    ['a DNS name that holds a URI beside a real one', { san: [`URI.1 = ${ORDERS}`, `DNS.1 = a\\, URI:${ADMIN}`] }],
    ['the form of an authority', { san: [`URI.1 = ${ORDERS}`], ca: true }],
  ])('with %s is nobody', async (_what, leaf) => {
    await refused(leaf);
  });

  test('stays the one that says who calls when an Authorization header comes with it', async () => {
    const { status, body } = await mesh.ask(orders, 'GET', '/v1/probe', {
      headers: [['authorization', 'Bearer a.b.c']],
    });
    expect([status, body.code]).toEqual([401, 'workload.conflict']);
  });
});
