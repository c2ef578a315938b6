import { execFileSync } from 'node:child_process';
import { loadSettings } from '../../src/config/load-settings.js';
import { describeWhere } from '../support/describe-where.js';
import { Certificates, type Issued, whyNoOpenssl } from '../support/workload/certificates.js';
import { files, messageOf } from './support.js';

const GOOD = {
  issuer: 'https://issuer.example',
  kind: 'jwt',
  audience: 'latchkey',
  jwks_uri: 'https://issuer.example/jwks',
};
const ISSUERS = { LATCHKEY_WORKLOAD_ISSUERS_FILE: '/issuers.yaml' };

describe('the issuers of workload tokens', () => {
  const issuersMessage = (document: unknown, env: Record<string, string> = {}): string =>
    messageOf(
      { ...ISSUERS, ...env },
      files({
        '/issuers.yaml': typeof document === 'string' ? document : JSON.stringify(document),
        '/jwks.json': '{}',
      }),
    );

  test('are read with safe defaults', () => {
    const text =
      'issuers:\n  - issuer: https://issuer.example\n    kind: jwt\n    audience: latchkey\n    jwks_uri: https://issuer.example/jwks/\n';
    expect(loadSettings(ISSUERS, files({ '/issuers.yaml': text })).workloadIssuers).toEqual([
      {
        issuer: 'https://issuer.example',
        kind: 'jwt',
        audience: 'latchkey',
        algorithms: ['RS256', 'ES256'],
        keys: { uri: 'https://issuer.example/jwks' },
        maxAgeMs: 3_600_000,
      },
    ]);
  });

  test('are none by default', () => {
    expect(loadSettings({}).workloadIssuers).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['no YAML', 'issuers: [', 'YAML'],
    ['a list at the top', [GOOD], 'must be a map'],
    ['no list', { issuers: GOOD }, 'issuers must be a list'],
    ['an empty list', { issuers: [] }, 'at least one'],
    ['an unknown field', { issuers: [{ ...GOOD, secret: 'x' }] }, 'issuers[0] has the unknown field "secret"'],
    ['an unknown kind', { issuers: [{ ...GOOD, kind: 'oidc' }] }, 'issuers[0].kind must be one of'],
    ['no audience', { issuers: [{ ...GOOD, audience: undefined }] }, 'issuers[0] lacks audience'],
    [
      'an empty audience',
      { issuers: [{ ...GOOD, audience: '' }] },
      'issuers[0].audience must be a string that is not empty',
    ],
    [
      'a symmetric algorithm',
      { issuers: [{ ...GOOD, algorithms: ['HS256'] }] },
      'issuers[0].algorithms[0] must be one of RS256',
    ],
    ['the algorithm none', { issuers: [{ ...GOOD, algorithms: ['none'] }] }, 'issuers[0].algorithms'],
    ['no algorithm', { issuers: [{ ...GOOD, algorithms: [] }] }, 'issuers[0].algorithms'],
    [
      'neither address nor file of keys',
      { issuers: [{ ...GOOD, jwks_uri: undefined }] },
      'either jwks_uri or jwks_file',
    ],
    ['both', { issuers: [{ ...GOOD, jwks_file: '/jwks.json' }] }, 'either jwks_uri or jwks_file'],
    [
      'keys over http',
      { issuers: [{ ...GOOD, jwks_uri: 'http://issuer.example/jwks' }] },
      'issuers[0].jwks_uri must be an https:// address',
    ],
    [
      'a password in the address',
      { issuers: [{ ...GOOD, jwks_uri: 'https://user:canary@issuer.example/jwks' }] },
      'issuers[0].jwks_uri',
    ],
    [
      'a query in the address',
      { issuers: [{ ...GOOD, jwks_uri: 'https://issuer.example/jwks?key=canary' }] },
      'issuers[0].jwks_uri',
    ],
    ['a file address', { issuers: [{ ...GOOD, jwks_uri: 'file:///etc/passwd' }] }, 'issuers[0].jwks_uri'],
    ['a life without unit', { issuers: [{ ...GOOD, max_age: '300' }] }, 'issuers[0].max_age must be'],
    ['a life without end', { issuers: [{ ...GOOD, max_age: '0s' }] }, 'issuers[0].max_age must be'],
    ['an issuer with a #', { issuers: [{ ...GOOD, issuer: 'https://issuer.example#x' }] }, 'issuers[0].issuer must be'],
    ['an issuer twice', { issuers: [GOOD, { ...GOOD, audience: 'else' }] }, 'issuers[1].issuer is listed twice'],
    [
      'two clusters',
      {
        issuers: [
          { ...GOOD, kind: 'kubernetes' },
          { ...GOOD, issuer: 'https://b', kind: 'kubernetes' },
        ],
      },
      'only one issuer of kind kubernetes',
    ],
    [
      'a SPIFFE issuer without trust domain',
      { issuers: [{ ...GOOD, kind: 'jwt_svid' }] },
      'issuers[0].trust_domain must be set for kind jwt_svid',
    ],
    [
      'a trust domain for another kind',
      { issuers: [{ ...GOOD, trust_domain: 'cluster.local' }] },
      'issuers[0].trust_domain must be set for kind jwt_svid, and for no other',
    ],
    [
      'a review for another kind',
      { issuers: [{ ...GOOD, token_review: { url: 'https://k', token_file: '/t' } }] },
      'token_review is only for kind kubernetes',
    ],
    [
      'a review over http',
      { issuers: [{ ...GOOD, kind: 'kubernetes', token_review: { url: 'http://k', token_file: '/t' } }] },
      'issuers[0].token_review.url must be an https:// address',
    ],
    [
      'a key file that is not there',
      { issuers: [{ ...GOOD, jwks_uri: undefined, jwks_file: '/none.json' }] },
      'cannot read the file "/none.json" (ENOENT)',
    ],
    [
      'a token file that is not there',
      { issuers: [{ ...GOOD, kind: 'kubernetes', token_review: { url: 'https://k', token_file: '/none' } }] },
      'cannot read the file "/none" (ENOENT)',
    ],
  ])('cannot be %s', (_what, document, expected) => {
    const message = issuersMessage(document);
    expect(message).toContain('LATCHKEY_WORKLOAD_ISSUERS_FILE: ');
    expect(message).toContain(expected);
    expect(message).not.toContain('canary');
  });

  test('may be asked over http where that is allowed, and never in production', () => {
    const text = JSON.stringify({ issuers: [{ ...GOOD, jwks_uri: 'http://localhost:1/jwks' }] });
    const env = { ...ISSUERS, LATCHKEY_ALLOW_INSECURE_ISSUERS: 'true' };
    expect(loadSettings(env, files({ '/issuers.yaml': text })).workloadIssuers).toHaveLength(1);
    expect(
      messageOf(
        { ...env, NODE_ENV: 'production', ELASTICSEARCH_URL: 'https://a:9200' },
        files({ '/issuers.yaml': text }),
      ),
    ).toContain('LATCHKEY_ALLOW_INSECURE_ISSUERS: must be false');
  });
});

describeWhere(whyNoOpenssl(), 'the settings of the mesh port', () => {
  let pki: Certificates;
  let server: Issued;
  let env: Record<string, string>;
  let contents: Record<string, string>;

  beforeAll(() => {
    pki = new Certificates();
    pki.authority();
    server = pki.issue({ san: ['DNS.1 = localhost'] });
    env = {
      LATCHKEY_TLS_CERT_FILE: '/cert',
      LATCHKEY_TLS_KEY_FILE: '/key',
      LATCHKEY_MESH_CLIENT_CA_FILE: '/ca',
      LATCHKEY_MESH_TRUST_DOMAINS: 'cluster.local, other.example',
    };
    contents = { '/cert': server.cert, '/key': server.key, '/ca': pki.read('ca.pem') };
  });
  afterAll(() => pki.remove());

  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(env).filter(([setting]) => setting !== name));

  test('are good together', () => {
    expect(loadSettings(env, files(contents))).toMatchObject({
      meshPort: 8443,
      meshTrustDomains: ['cluster.local', 'other.example'],
      meshXfccTrusted: [],
    });
  });

  test.each([
    'LATCHKEY_TLS_CERT_FILE',
    'LATCHKEY_TLS_KEY_FILE',
    'LATCHKEY_MESH_CLIENT_CA_FILE',
    'LATCHKEY_MESH_TRUST_DOMAINS',
  ])('are refused without %s, which is named', (name) => {
    expect(messageOf(without(name), files(contents))).toMatch(new RegExp(`^${name}: must be set`));
  });

  test.each([
    ['a certificate that is none', '/cert', 'canary', 'LATCHKEY_TLS_CERT_FILE'],
    ['a key that is none', '/key', 'canary', 'LATCHKEY_TLS_KEY_FILE'],
    [
      'an authority that is none',
      '/ca',
      '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----',
      'LATCHKEY_MESH_CLIENT_CA_FILE',
    ],
  ])('are refused with %s, without showing it', (_what, path, text, name) => {
    const message = messageOf(env, files({ ...contents, [path]: text }));
    expect(message).toMatch(new RegExp(`^${name}: `));
    expect(message).not.toContain('canary');
  });

  test('are refused with the key of another certificate', () => {
    const other = pki.issue({ san: ['DNS.1 = localhost'] });
    expect(messageOf(env, files({ ...contents, '/key': other.key }))).toBe(
      'LATCHKEY_TLS_KEY_FILE: is not the key of the first certificate in LATCHKEY_TLS_CERT_FILE',
    );
  });

  test('are refused with an encrypted key', () => {
    const encrypted = execFileSync('openssl', ['pkcs8', '-topk8', '-passout', 'pass:x'], {
      input: server.key,
    }).toString();
    expect(messageOf(env, files({ ...contents, '/key': encrypted }))).toContain('that is not encrypted');
  });

  test.each([
    ['a trust domain in upper case', { LATCHKEY_MESH_TRUST_DOMAINS: 'Cluster.local' }, 'LATCHKEY_MESH_TRUST_DOMAINS'],
    [
      'a trust domain with scheme',
      { LATCHKEY_MESH_TRUST_DOMAINS: 'spiffe://cluster.local' },
      'LATCHKEY_MESH_TRUST_DOMAINS',
    ],
    ['an empty trust domain', { LATCHKEY_MESH_TRUST_DOMAINS: 'cluster.local,' }, 'LATCHKEY_MESH_TRUST_DOMAINS'],
    ['a proxy that is no SPIFFE id', { LATCHKEY_MESH_XFCC_TRUSTED: '10.0.0.1' }, 'LATCHKEY_MESH_XFCC_TRUSTED'],
    [
      'a pattern of proxies',
      { LATCHKEY_MESH_XFCC_TRUSTED: 'spiffe://cluster.local/ns/*' },
      'LATCHKEY_MESH_XFCC_TRUSTED',
    ],
    [
      'a proxy of a foreign trust domain',
      { LATCHKEY_MESH_XFCC_TRUSTED: 'spiffe://foreign.example/ns/platform/sa/front' },
      'LATCHKEY_MESH_XFCC_TRUSTED',
    ],
    ['the port of the API', { LATCHKEY_MESH_PORT: '8080' }, 'LATCHKEY_MESH_PORT'],
    ['the port of the metrics', { LATCHKEY_MESH_PORT: '9464' }, 'LATCHKEY_MESH_PORT'],
  ])('are refused with %s', (_what, changes, name) => {
    expect(messageOf({ ...env, ...changes }, files(contents))).toMatch(new RegExp(`^${name}: `));
  });
});
