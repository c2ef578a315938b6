import { describeWhere } from '../support/describe-where.js';
import { Certificates, type Issued, whyNoOpenssl } from '../support/workload/certificates.js';
import { FRONT, type Mesh, type MeshAnswer, ORDERS, startMesh } from '../support/workload/mesh.js';

const ADMIN = 'spiffe://cluster.local/ns/shop/sa/admin';
const HASH = 'f1ed2247'.repeat(8);
const HEADER = 'X-Forwarded-Client-Cert';

describeWhere(whyNoOpenssl(), 'X-Forwarded-Client-Cert', () => {
  let pki: Certificates;
  let mesh: Mesh;
  let front: Issued;
  let sidecar: Issued;

  beforeAll(async () => {
    pki = new Certificates();
    pki.authority();
    front = pki.workload(FRONT);
    sidecar = pki.workload('spiffe://cluster.local/ns/shop/sa/billing');
    mesh = await startMesh('http://127.0.0.1:9', pki, { LATCHKEY_MESH_XFCC_TRUSTED: FRONT });
  });
  afterAll(async () => {
    await mesh.service.stop();
    pki.remove();
  });

  const through = (client: Issued, ...values: string[]): Promise<MeshAnswer> =>
    mesh.ask(client, 'GET', '/v1/probe', { headers: values.map((value) => [HEADER, value]) });

  test.each([
    ['the URI alone', `URI=${ORDERS}`],
    ['SANITIZE_SET of the uri', `By=${FRONT};Hash=${HASH};URI=${ORDERS}`],
    ['SANITIZE_SET of uri and subject, as Istio writes it', `By=${FRONT};Hash=${HASH};Subject="";URI=${ORDERS}`],
    ['a subject with every escape', `By=${FRONT};Hash=${HASH};Subject="CN=x\\,y\\;z\\"\\\\,O=SPIRE";URI=${ORDERS}`],
    [
      'SANITIZE_SET of uri and cert',
      `By=${FRONT};Hash=${HASH};Cert="-----BEGIN%20CERTIFICATE-----%0AMIIC%3D%0A";URI=${ORDERS}`,
    ],
  ])('from a trusted proxy names its client: %s', async (_what, value) => {
    const { status, body } = await through(front, value);
    expect([status, body.source, body.subject, body.spiffeId]).toEqual([200, 'xfcc', ORDERS, ORDERS]);
  });

  test('from anybody else is ignored: the workload stays who its own certificate says', async () => {
    const { status, body } = await through(sidecar, `By=${FRONT};Hash=${HASH};URI=${ADMIN}`);
    expect([status, body.source, body.subject]).toEqual([200, 'mtls', 'spiffe://cluster.local/ns/shop/sa/billing']);
  });

  test('a trusted proxy that sends none is itself', async () => {
    const { body } = await through(front);
    expect([body.source, body.subject]).toEqual(['mtls', FRONT]);
  });

  test('on the main port proves nothing', async () => {
    const answer = await mesh.send('GET', '/v1/probe', {
      headers: { [HEADER]: `By=${FRONT};Hash=${HASH};URI=${ORDERS}` },
    });
    expect([answer.status, answer.json['code']]).toEqual([401, 'workload.unauthenticated']);
  });

  test.each<[string, string[]]>([
    ['an empty header', ['']],
    ['two headers', [`URI=${ORDERS}`, `URI=${ORDERS}`]],
    [
      'two elements, of which the last is right (APPEND_FORWARD)',
      [`By=spiffe://x;URI=${ADMIN},By=${FRONT};Hash=${HASH};URI=${ORDERS}`],
    ],
    ['two elements with a blank between', [`URI=${ADMIN}, URI=${ORDERS}`]],
    ['an empty element at the end', [`URI=${ORDERS},`]],
    ['no URI', [`By=${FRONT};Hash=${HASH}`]],
    ['an empty URI', [`By=${FRONT};Hash=${HASH};URI=`]],
    ['two URIs, as of a certificate with two', [`By=${FRONT};Hash=${HASH};URI=${ORDERS};URI=${ADMIN}`]],
    [
      'a URI that goes on with another URI',
      [`By=${FRONT};Hash=${HASH};URI=spiffe://cluster.local/ns/shop/sa/o;URI=${ADMIN}`],
    ],
    [
      'a URI that goes on with another element',
      [`By=${FRONT};Hash=${HASH};URI=spiffe://cluster.local/ns/shop/sa/o,By=${FRONT};Hash=${HASH};URI=${ADMIN}`],
    ],
    ['a URI that goes on with a pair of another name', [`By=${FRONT};Hash=${HASH};URI=${ORDERS};DNS=x`]],
    ['a URI that goes on with a pair of no known name', [`By=${FRONT};Hash=${HASH};URI=${ORDERS};x=y`]],
    ['a URI that goes on with a semicolon', [`By=${FRONT};Hash=${HASH};URI=${ORDERS};`]],
    ['a quoted URI, as of a certificate with quotes in its name', [`By=${FRONT};Hash=${HASH};URI="${ADMIN}"`]],
    ['a URI that opens a quote', [`By=${FRONT};Hash=${HASH};URI=${ORDERS}";DNS="x"`]],
    ['a DNS name that goes on with a URI', [`By=${FRONT};Hash=${HASH};DNS=x;URI=${ADMIN}`]],
    ['DNS names, which are copied raw', [`By=${FRONT};Hash=${HASH};URI=${ORDERS};DNS=orders.shop.svc`]],
    ['a subject that is not closed', [`By=${FRONT};Hash=${HASH};Subject="CN=x;URI=${ORDERS}`]],
    ['a subject that closes early', [`By=${FRONT};Hash=${HASH};Subject="CN=x";URI=${ADMIN};Subject="";URI=${ORDERS}`]],
    ['an element made by another proxy', [`By=${ORDERS};Hash=${HASH};URI=${ORDERS}`]],
    ['a By that only begins like the proxy', [`By=${FRONT}x;Hash=${HASH};URI=${ORDERS}`]],
    ['two Bys', [`By=${FRONT};By=${FRONT};Hash=${HASH};URI=${ORDERS}`]],
    ['a hash that is none', [`By=${FRONT};Hash=00;URI=${ORDERS}`]],
    ['names in lower case', [`by=${FRONT};hash=${HASH};uri=${ORDERS}`]],
    ['another trust domain', [`By=${FRONT};Hash=${HASH};URI=spiffe://other.example/ns/shop/sa/orders`]],
    ['a trust domain in upper case', [`By=${FRONT};Hash=${HASH};URI=spiffe://CLUSTER.LOCAL/ns/shop/sa/orders`]],
    ['an escaped URI', [`By=${FRONT};Hash=${HASH};URI=spiffe%3A%2F%2Fcluster.local%2Fns%2Fshop%2Fsa%2Forders`]],
    ['dot segments', [`By=${FRONT};Hash=${HASH};URI=spiffe://cluster.local/ns/shop/sa/x/../admin`]],
    ['a blank behind the URI', [`By=${FRONT};Hash=${HASH};URI=${ORDERS} x`]],
  ])('from a trusted proxy makes nobody out of %s', async (_what, values) => {
    const { status, body, headers } = await through(front, ...values);
    expect([status, body.code, headers.connection]).toEqual([401, 'workload.unauthenticated', 'close']);
  });
});
