import '../support/workload/probe.js';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { JWK, JWTPayload } from 'jose';
import { MovableClock } from '../support/clock.js';
import { describeWhere } from '../support/describe-where.js';
import { startUnderTest, type Answered, type ServiceUnderTest } from '../support/fault-service.js';
import { Certificates, whyNoOpenssl } from '../support/workload/certificates.js';
import { type IssuerServer, nowSeconds, serve, sign, type SigningKey, signingKey } from '../support/workload/issuer.js';

const ISSUER = 'https://kubernetes.default.svc';
const SUBJECT = 'system:serviceaccount:shop:orders';
const OWN_TOKEN = 'own-token-of-latchkey-canary';

interface Review {
  authenticated?: boolean;
  audiences?: string[];
  user?: { username: string };
}

describeWhere(whyNoOpenssl(), 'an issuer', () => {
  let pki: Certificates;
  let key: SigningKey;
  let issuer: IssuerServer;
  let keys: JWK[];
  let review: Review;
  /** In place of the good answers, when set. */
  let fault: RequestListener | undefined;
  let seen: Array<{ url: string; authorization: string | undefined; body: string }>;
  let latchkey: ServiceUnderTest | undefined;

  beforeAll(async () => {
    pki = new Certificates();
    pki.authority();
    pki.authority('stranger');
    key = await signingKey('k1');
    const { cert, key: tlsKey } = pki.issue({ san: ['DNS.1 = localhost'] });
    pki.write('own-token', `${OWN_TOKEN}\n`);
    issuer = await serve(
      (request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          seen.push({ url: request.url ?? '', authorization: request.headers.authorization, body });
          if (fault !== undefined) return fault(request, response);
          response.setHeader('content-type', 'application/json');
          if (request.url === '/jwks') response.end(JSON.stringify({ keys }));
          else response.writeHead(201).end(JSON.stringify({ kind: 'TokenReview', status: review }));
        });
      },
      (listener) => createTlsServer({ cert, key: tlsKey }, listener),
      'https',
    );
  });
  afterAll(async () => {
    await issuer.close();
    pki.remove();
  });

  beforeEach(() => {
    keys = [key.jwk];
    review = { authenticated: true, audiences: ['latchkey'], user: { username: SUBJECT } };
    fault = undefined;
    seen = [];
  });
  afterEach(async () => {
    await latchkey?.service.stop();
    latchkey = undefined;
  });

  async function start(changes: object = {}, env: Record<string, string> = {}): Promise<void> {
    const entry = {
      issuer: ISSUER,
      kind: 'kubernetes',
      audience: 'latchkey',
      jwks_uri: `${issuer.url}/jwks`,
      ca_file: pki.path('ca.pem'),
      ...changes,
    };
    latchkey = await startUnderTest('http://127.0.0.1:9', {
      LATCHKEY_WORKLOAD_ISSUERS_FILE: pki.write('issuers.json', JSON.stringify({ issuers: [entry] })),
      ...env,
    });
  }

  const token = (by: SigningKey = key, changes: JWTPayload = {}): Promise<string> =>
    sign(by, {
      iss: ISSUER,
      aud: 'latchkey',
      sub: SUBJECT,
      iat: nowSeconds(),
      exp: nowSeconds() + 300,
      'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'orders' } },
      ...changes,
    });

  async function present(text: string): Promise<Answered> {
    if (latchkey === undefined) throw new Error('not started');
    return latchkey.send('GET', '/v1/probe', { headers: { authorization: `Bearer ${text}` } });
  }

  const outcome = ({ status, json }: Answered): string =>
    status === 200 ? String(json['subject']) : `${status} ${String(json['code'])}`;

  describe('whose keys are fetched', () => {
    test('is asked once for many tokens, and not before the first', async () => {
      await start();
      expect(seen).toEqual([]);
      for (let count = 0; count < 5; count += 1)
        expect(outcome(await present(await token()))).toBe('kubernetes:shop/orders');
      expect(seen.map(({ url }) => url)).toEqual(['/jwks']);
    });

    test('gets the token that is configured for it, read anew for each fetch', async () => {
      await start({ jwks_token_file: pki.path('own-token') });
      await present(await token());
      expect(seen[0]?.authorization).toBe(`Bearer ${OWN_TOKEN}`);
    });

    test('never gets the token of a workload', async () => {
      await start();
      const text = await token();
      await present(text);
      expect(JSON.stringify(seen)).not.toContain(text);
    });

    test('is asked for nothing by a token of another issuer, whatever that says of its keys', async () => {
      await start();
      await present(
        await sign(key, {
          iss: `${issuer.url}`,
          aud: 'latchkey',
          sub: SUBJECT,
          iat: nowSeconds(),
          exp: nowSeconds() + 60,
        }),
      );
      await present(
        await token(key, {}).then((text) =>
          text.replace(
            /^[^.]+/,
            Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'k1', jku: `${issuer.url}/evil` })).toString('base64url'),
          ),
        ),
      );
      expect(seen).toEqual([]);
    });

    test('is asked no more than once by a flood of tokens with unknown key ids', async () => {
      await start();
      await present(await token());
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) => present(await token({ ...key, kid: `unknown-${index}` }))),
      );
      expect(seen.length).toBeLessThanOrEqual(2);
    });

    test.each<[string, RequestListener]>([
      ['answers 500', (_request, response) => response.writeHead(500).end('{}')],
      ['answers HTML', (_request, response) => response.end('<html></html>')],
      ['answers no key set', (_request, response) => response.end('{"keys":"none"}')],
      [
        'ends in the middle',
        (_request, response) =>
          void response.writeHead(200, { 'content-length': '100' }).write('{"ke', () => response.destroy()),
      ],
      [
        'answers 200 KiB',
        (_request, response) => response.end(JSON.stringify({ keys: [], filler: 'x'.repeat(200 * 1024) })),
      ],
      ['resets the connection', (request) => request.socket.destroy()],
    ])('and who %s is not taken for one who vouches', async (_what, answer) => {
      await start();
      fault = answer;
      const refused = await present(await token());
      expect([outcome(refused), refused.headers.get('retry-after')]).toEqual([
        '503 workload.verifier-unavailable',
        '1',
      ]);
      fault = undefined;
      expect(outcome(await present(await token()))).toBe('kubernetes:shop/orders');
    });

    test('that is refused by its own answer or by the system is named by its short code, for the operator', async () => {
      await start();
      fault = (_request, response) => response.writeHead(406).end('{}');
      expect((await present(await token())).json['detail']).toBe(
        'The key set of the issuer cannot be had (status 406).',
      );
      expect(latchkey?.log()).toContain('(status 406)');
    });

    test('that does not answer is waited for no longer than five seconds', async () => {
      await start();
      fault = () => undefined;
      const started = performance.now();
      // Nothing else would end it: the deadline of the handler is minutes away.
      const { status } = await present(await token());
      expect([status, performance.now() - started > 4000]).toEqual([503, true]);
    });

    test('is not followed elsewhere', async () => {
      const elsewhere = await serve((_request, response) => response.end(JSON.stringify({ keys: [key.jwk] })));
      await start();
      fault = (_request, response) => response.writeHead(302, { location: `${elsewhere.url}/jwks` }).end();
      expect(outcome(await present(await token()))).toBe('503 workload.verifier-unavailable');
      expect(elsewhere.requests).toEqual([]);
      await elsewhere.close();
    });

    test.each([
      ['of another authority', { ca_file: 'stranger.pem' }],
      ['of a private authority that is not configured', { ca_file: undefined }],
    ])('is not believed with a certificate %s', async (_what, { ca_file }) => {
      await start({ ca_file: ca_file && pki.path(ca_file) });
      expect(outcome(await present(await token()))).toBe('503 workload.verifier-unavailable');
    });

    test('is not believed under another name than its certificate has', async () => {
      await start({ jwks_uri: `${issuer.url.replace('localhost', '127.0.0.1')}/jwks` });
      expect(outcome(await present(await token()))).toBe('503 workload.verifier-unavailable');
    });
  });

  describe('whose keys are in a file', () => {
    test('may change them without a restart', async () => {
      const next = await signingKey('k2');
      await start({
        jwks_uri: undefined,
        ca_file: undefined,
        jwks_file: pki.write('jwks.json', JSON.stringify({ keys: [key.jwk] })),
      });
      const before = [outcome(await present(await token())), outcome(await present(await token(next)))];
      pki.write('jwks.json', JSON.stringify({ keys: [next.jwk] }));
      const after = [outcome(await present(await token())), outcome(await present(await token(next)))];
      expect([before, after]).toEqual([
        ['kubernetes:shop/orders', '401 workload.unauthenticated'],
        ['401 workload.unauthenticated', 'kubernetes:shop/orders'],
      ]);
    });

    test('vouches for nobody while the file cannot be read', async () => {
      await start({
        jwks_uri: undefined,
        ca_file: undefined,
        jwks_file: pki.write('jwks.json', JSON.stringify({ keys: [key.jwk] })),
      });
      pki.write('jwks.json', '{"keys": [');
      expect(outcome(await present(await token()))).toBe('503 workload.verifier-unavailable');
    });
  });

  describe('with TokenReview', () => {
    const reviewed = (env: Record<string, string> = {}): Promise<void> =>
      start({ token_review: { url: issuer.url, token_file: pki.path('own-token'), ca_file: pki.path('ca.pem') } }, env);
    const reviews = (): typeof seen => seen.filter(({ url }) => url.includes('tokenreviews'));

    test('is asked about every token, with the token of Latchkey itself and for its audience', async () => {
      await reviewed();
      const text = await token();
      await present(text);
      expect(outcome(await present(text))).toBe('kubernetes:shop/orders');
      expect(
        reviews().map(({ url, authorization, body }) => ({ url, authorization, spec: JSON.parse(body).spec })),
      ).toEqual(
        Array.from({ length: 2 }, () => ({
          url: '/apis/authentication.k8s.io/v1/tokenreviews',
          authorization: `Bearer ${OWN_TOKEN}`,
          spec: { token: text, audiences: ['latchkey', expect.stringMatching(/^urn:latchkey:once:/)] },
        })),
      );
    });

    test('is not asked more often by one workload than its rate allows, whatever another does', async () => {
      // All within one second.
      const clock = new MovableClock();
      clock.stop();
      await reviewed({ LATCHKEY_RATE_MESH_PER_SECOND: '2' });
      const billing = {
        sub: 'system:serviceaccount:shop:billing',
        'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'billing' } },
      };
      const [orders, other] = [await token(), await token(key, billing)];
      await present(orders);
      const outcomes = (await Promise.all(Array.from({ length: 20 }, () => present(orders)))).map(outcome);
      const askedForOrders = reviews().length;
      review = { authenticated: true, audiences: ['latchkey'], user: { username: billing.sub } };
      expect(outcome(await present(other))).toBe('kubernetes:shop/billing');
      expect(outcomes.filter((text) => text === '429 rate.limited').length).toBeGreaterThanOrEqual(10);
      expect(askedForOrders).toBeLessThanOrEqual(11);
      clock.restore();
    });

    test('is not asked about a token that the keys do not verify', async () => {
      await reviewed();
      expect(outcome(await present(await token(await signingKey('k1'))))).toBe('401 workload.unauthenticated');
      expect(reviews()).toEqual([]);
    });

    test.each<[string, Review]>([
      ['does not accept the token', { authenticated: false }],
      ['says nothing of it', {}],
      [
        'says "true" and not true',
        { authenticated: 'true' as never, audiences: ['latchkey'], user: { username: SUBJECT } },
      ],
      [
        'takes it for somebody else',
        { authenticated: true, audiences: ['latchkey'], user: { username: 'system:serviceaccount:shop:admin' } },
      ],
      [
        'takes it for another audience',
        { authenticated: true, audiences: ['elasticsearch'], user: { username: SUBJECT } },
      ],
      ['does not know audiences', { authenticated: true, user: { username: SUBJECT } }],
    ])('that %s makes nobody out of it', async (_what, answer) => {
      await reviewed();
      review = answer;
      expect(outcome(await present(await token()))).toBe('401 workload.unauthenticated');
    });

    test.each<[string, RequestListener]>([
      ['does not know Latchkey', (_request, response) => response.writeHead(401).end('{}')],
      ['does not let Latchkey ask', (_request, response) => response.writeHead(403).end('{}')],
      ['fails', (_request, response) => response.writeHead(500).end('{}')],
      ['is silent about the outcome', (_request, response) => response.writeHead(201).end('{}')],
      ['cannot be reached', (request) => request.socket.destroy()],
    ])('that %s lets nobody in, and shows no token', async (_what, answer) => {
      await reviewed();
      await present(await token());
      fault = answer;
      const text = await token();
      const refused = await present(text);
      expect(outcome(refused)).toBe('503 workload.verifier-unavailable');
      expect(latchkey?.log()).toContain('a token of a workload could not be verified');
      expect(
        [refused.text, latchkey?.log()].filter(
          (shown) => shown?.includes(text.slice(-40)) || shown?.includes(OWN_TOKEN),
        ),
      ).toEqual([]);
    });
  });
});
