import '../support/workload/probe.js';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportSPKI, type JWTPayload } from 'jose';
import { parseWorkloadIssuers } from '../../src/config/workload-issuers.js';
import { Secret } from '../../src/redaction/secret.js';
import { TokenVerifier } from '../../src/workload-identity/token-verifier.js';
import { startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';
import { asAlgorithm, forge, nowSeconds, sign, type SigningKey, signingKey } from '../support/workload/issuer.js';

const ISSUER = 'https://issuer.example';
const OTHER_ISSUER = 'https://other.example';
const SPIRE = 'https://spire.example';
const CLUSTER = 'https://kubernetes.default.svc';
const AUDIENCE = 'latchkey';

let folder: string;
let latchkey: ServiceUnderTest;
let key: SigningKey;
let rsa: SigningKey;
let otherKey: SigningKey;
let unlisted: SigningKey;
let issuersFile: string;

const claims = (changes: JWTPayload = {}): JWTPayload => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'orders',
  iat: nowSeconds(),
  exp: nowSeconds() + 300,
  ...changes,
});
const without = (name: string): JWTPayload =>
  Object.fromEntries(Object.entries(claims()).filter(([claim]) => claim !== name));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-issuers-'));
  [key, rsa, otherKey, unlisted] = await Promise.all([
    signingKey('k1'),
    signingKey('k2', 'RS256'),
    signingKey('o1'),
    signingKey('k1'),
  ]);
  writeFileSync(join(folder, 'jwks.json'), JSON.stringify({ keys: [key.jwk, rsa.jwk] }));
  writeFileSync(join(folder, 'other.json'), JSON.stringify({ keys: [otherKey.jwk] }));
  issuersFile = join(folder, 'issuers.json');
  const jwks_file = join(folder, 'jwks.json');
  const issuers = [
    { issuer: ISSUER, kind: 'jwt', audience: AUDIENCE, jwks_file, max_age: '10m' },
    { issuer: OTHER_ISSUER, kind: 'jwt', audience: AUDIENCE, jwks_file: join(folder, 'other.json') },
    { issuer: SPIRE, kind: 'jwt_svid', audience: AUDIENCE, jwks_file, trust_domain: 'cluster.local' },
    { issuer: CLUSTER, kind: 'kubernetes', audience: AUDIENCE, jwks_file, algorithms: ['RS256'] },
  ];
  writeFileSync(issuersFile, JSON.stringify({ issuers }));
  latchkey = await startUnderTest('http://127.0.0.1:9', { LATCHKEY_WORKLOAD_ISSUERS_FILE: issuersFile });
});
afterAll(async () => {
  await latchkey.service.stop();
  rmSync(folder, { recursive: true });
});

async function present(token: string): Promise<{ status: number; json: Record<string, unknown> }> {
  const { status, json } = await latchkey.send('GET', '/v1/probe', { headers: { authorization: `Bearer ${token}` } });
  return { status, json };
}

async function expectNobody(token: string): Promise<void> {
  latchkey.clearLog();
  const { status, headers, json, text } = await latchkey.send('GET', '/v1/probe', {
    headers: { authorization: `Bearer ${token}` },
  });
  expect([status, json['code'], headers.get('www-authenticate'), headers.get('connection')]).toEqual([
    401,
    'workload.unauthenticated',
    'Bearer',
    'close',
  ]);
  // Neither the answer nor the log repeats the token or a part of it.
  const parts = token.split('.').filter((part) => part.length > 8);
  expect(parts.filter((part) => text.includes(part) || latchkey.log().includes(part))).toEqual([]);
}

describe('a good token', () => {
  test('of a plain issuer makes jwt:<issuer>#<subject>', async () => {
    const given = claims({ team: 'shop' });
    expect(await present(await sign(key, given))).toMatchObject({
      status: 200,
      json: {
        source: 'jwt',
        subject: `jwt:${ISSUER}#orders`,
        jwt: { issuer: ISSUER, claims: { sub: 'orders', team: 'shop' } },
        validUntilMs: Number(given.exp) * 1000,
      },
    });
  });

  test('may be signed with any listed key and algorithm of its issuer', async () => {
    expect((await present(await sign(rsa, claims()))).status).toBe(200);
  });

  test('may have further audiences', async () => {
    expect((await present(await sign(key, claims({ aud: ['else', AUDIENCE] })))).status).toBe(200);
  });

  test('of a SPIFFE issuer makes its SPIFFE id', async () => {
    const id = 'spiffe://cluster.local/ns/shop/sa/orders';
    expect(await present(await sign(key, claims({ iss: SPIRE, sub: id })))).toMatchObject({
      status: 200,
      json: { source: 'jwt_svid', subject: id, spiffeId: id },
    });
  });

  test('of a cluster makes its namespace and service account, and names the pod', async () => {
    const bound = {
      namespace: 'shop',
      serviceaccount: { name: 'orders', uid: 'u' },
      pod: { name: 'orders-7d9', uid: 'p' },
    };
    expect(
      await present(
        await sign(rsa, claims({ iss: CLUSTER, sub: 'system:serviceaccount:shop:orders', 'kubernetes.io': bound })),
      ),
    ).toMatchObject({
      status: 200,
      json: {
        source: 'kubernetes',
        subject: 'kubernetes:shop/orders',
        kubernetes: { namespace: 'shop', serviceAccount: 'orders', pod: 'orders-7d9' },
      },
    });
  });

  test('is taken in whatever case the scheme is written', async () => {
    const { status } = await latchkey.send('GET', '/v1/probe', {
      headers: { authorization: `bearer ${await sign(key, claims())}` },
    });
    expect(status).toBe(200);
  });
});

describe('nobody is made out of', () => {
  const vectors: Array<[string, () => Promise<string> | string]> = [
    ['a token without signature (alg none)', () => forge({ alg: 'none' }, claims())],
    [
      'alg None in another case, with the signature of a good token',
      async () => forge({ alg: 'nOnE', kid: 'k1' }, claims(), (await sign(key, claims())).split('.')[2]),
    ],
    [
      'HS256 with the public key in PEM form as the secret',
      async () => hmac({ alg: 'HS256', kid: 'k2' }, await exportSPKI(rsa.publicKey)),
    ],
    [
      'HS256 with the public key as JSON as the secret',
      () => hmac({ alg: 'HS256', kid: 'k1' }, JSON.stringify(key.jwk)),
    ],
    ['an algorithm that is not allowed for its issuer', async () => sign(await asAlgorithm(rsa, 'PS256'), claims())],
    [
      'an algorithm that another issuer allows',
      () =>
        sign(
          key,
          claims({
            iss: CLUSTER,
            sub: 'system:serviceaccount:shop:orders',
            'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'orders' } },
          }),
        ),
    ],
    ['a signature of nothing', async () => `${(await sign(key, claims())).split('.').slice(0, 2).join('.')}.AAAA`],
    ['changed claims under a good signature', async () => changed(await sign(key, claims()))],
    ['another key with the id of a listed one', () => sign(unlisted, claims())],
    ["another issuer's key with its own id", () => sign(otherKey, claims())],
    ["another issuer's key with the id of a listed one", () => sign({ ...otherKey, kid: 'k1' }, claims())],
    ['an unknown key id', () => sign({ ...key, kid: 'unknown' }, claims())],
    ['its own key in the header (jwk)', () => sign(unlisted, claims(), { jwk: unlisted.jwk })],
    ['its own key in the header beside a good signature', () => sign(key, claims(), { jwk: key.jwk })],
    ['an address of keys in the header (jku)', () => sign(unlisted, claims(), { jku: 'https://evil.example/jwks' })],
    [
      'an address of a certificate in the header (x5u)',
      () => sign(key, claims(), { x5u: 'https://evil.example/cert' }),
    ],
    ['an extension that must be understood (crit)', () => sign(key, claims(), { crit: ['x-ours'], 'x-ours': 1 })],
    ['an unencoded payload (b64)', () => sign(key, claims(), { b64: true })],
    ['a proof of possession', () => sign(key, claims(), { typ: 'dpop+jwt' })],
    ['a logout token', () => sign(key, claims(), { typ: 'logout+jwt' })],
    ['an unknown issuer', () => sign(key, claims({ iss: 'https://evil.example' }))],
    ['an issuer with a slash at its end', () => sign(key, claims({ iss: `${ISSUER}/` }))],
    ['no issuer', () => sign(key, without('iss'))],
    ['another audience', () => sign(key, claims({ aud: 'elasticsearch' }))],
    ['an audience that only begins like ours', () => sign(key, claims({ aud: `${AUDIENCE}.evil.example` }))],
    ['no audience', () => sign(key, without('aud'))],
    ['an empty list of audiences', () => sign(key, claims({ aud: [] }))],
    ['no end', () => sign(key, without('exp'))],
    ['no time of issue', () => sign(key, without('iat'))],
    ['no subject', () => sign(key, without('sub'))],
    ['an empty subject', () => sign(key, claims({ sub: '' }))],
    ['a subject with a control character', () => sign(key, claims({ sub: 'orders\n' }))],
    ['an end that is a text', () => sign(key, claims({ exp: String(nowSeconds() + 300) as never }))],
    ['a beginning in the future', () => sign(key, claims({ nbf: nowSeconds() + 60 }))],
    ['a time of issue in the future', () => sign(key, claims({ iat: nowSeconds() + 60 }))],
    ['a token that is older than its issuer may have it', () => sign(key, claims({ iat: nowSeconds() - 700 }))],
    ['an expired token', () => sign(key, claims({ iat: nowSeconds() - 400, exp: nowSeconds() - 60 }))],
    [
      'a SPIFFE id of a trust domain that its issuer does not speak for',
      () => sign(key, claims({ iss: SPIRE, sub: 'spiffe://other.example/ns/shop/sa/orders' })),
    ],
    ['a subject that is no SPIFFE id, of an issuer of those', () => sign(key, claims({ iss: SPIRE, sub: 'orders' }))],
    ['the token of a user of the cluster', () => sign(rsa, claims({ iss: CLUSTER, sub: 'system:admin' }))],
    [
      'a service account without its claim',
      () => sign(rsa, claims({ iss: CLUSTER, sub: 'system:serviceaccount:shop:orders' })),
    ],
    [
      'a service account whose claim names another namespace',
      () =>
        sign(
          rsa,
          claims({
            iss: CLUSTER,
            sub: 'system:serviceaccount:shop:orders',
            'kubernetes.io': { namespace: 'kube-system', serviceaccount: { name: 'orders' } },
          }),
        ),
    ],
    [
      'a service account whose claim names another account',
      () =>
        sign(
          rsa,
          claims({
            iss: CLUSTER,
            sub: 'system:serviceaccount:shop:orders',
            'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'admin' } },
          }),
        ),
    ],
    [
      'a subject with a colon too many',
      () =>
        sign(
          rsa,
          claims({
            iss: CLUSTER,
            sub: 'system:serviceaccount:shop:orders:x',
            'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'orders' } },
          }),
        ),
    ],
    ['three parts that are no JSON', () => 'aaaaaaaaaa.bbbbbbbbbb.cccccccccc'],
    ['an encrypted token', () => 'a.b.c.d.e'],
    ['a token of 16,000 characters', async () => sign(key, claims({ filler: 'x'.repeat(11_000) }))],
  ];

  test.each(vectors)('%s', async (_what, make) => {
    await expectNobody(await make());
  });

  test('two Authorization headers, even with the same good token', async () => {
    const token = await sign(key, claims());
    const bytes = await latchkey.speak(
      `GET /v1/probe HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    );
    expect(bytes).toMatch(/^HTTP\/1\.1 401 [\s\S]*"code":"workload\.conflict"/);
  });

  test('a body that is still to come: the answer does not wait for it', async () => {
    const bytes = await latchkey.speak(
      'POST /v3/probe:hold HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer a.b.c\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{',
    );
    expect(bytes).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe('at the edges of time', () => {
  const at = 1_900_000_000;
  const verifierAt = (seconds: number): TokenVerifier => {
    const jwks_file = join(folder, 'jwks.json');
    return new TokenVerifier(
      parseWorkloadIssuers(
        JSON.stringify({ issuers: [{ issuer: ISSUER, kind: 'jwt', audience: AUDIENCE, jwks_file, max_age: '10m' }] }),
        false,
      ),
      () => undefined,
      () => seconds * 1000,
    );
  };
  const times: Array<[string, JWTPayload, number, boolean]> = [
    ['9 s after its end', { iat: at, exp: at + 60 }, at + 69, true],
    ['10 s after its end', { iat: at, exp: at + 60 }, at + 70, false],
    ['10 s before its beginning', { iat: at, nbf: at, exp: at + 60 }, at - 10, true],
    ['11 s before its beginning', { iat: at - 11, nbf: at, exp: at + 60 }, at - 11, false],
    ['issued 10 s from now', { iat: at, exp: at + 60 }, at - 10, true],
    ['issued 11 s from now', { iat: at, exp: at + 60 }, at - 11, false],
    ['610 s old with a limit of 600', { iat: at, exp: at + 9000 }, at + 610, true],
    ['611 s old with a limit of 600', { iat: at, exp: at + 9000 }, at + 611, false],
  ];

  test.each(times)('a token %s', async (_when, time, nowS, accepted) => {
    const token = await sign(key, claims(time));
    const outcome = await verifierAt(nowS)
      .verify(new Secret(`Bearer ${token}`))
      .then(
        () => true,
        () => false,
      );
    expect(outcome).toBe(accepted);
  });
});

function hmac(header: object, secret: string): string {
  const [head = '', body = ''] = forge(header, claims()).split('.');
  return `${head}.${body}.${createHmac('sha256', secret).update(`${head}.${body}`).digest('base64url')}`;
}

function changed(token: string): string {
  const [head, , signature] = token.split('.');
  return `${head}.${Buffer.from(JSON.stringify(claims({ sub: 'admin' }))).toString('base64url')}.${signature}`;
}
