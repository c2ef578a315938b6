import { writeFileSync } from 'node:fs';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { call, must, type Json } from '../support/elasticsearch/http.ts';
import { describeWhere } from '../support/describe-where.js';
import { whyNoOpenssl } from '../support/workload/certificates.js';
import { nowSeconds, sign, type SigningKey, signingKey } from '../support/workload/issuer.js';
import { eventually } from '../support/wait.js';
import { profile, startWorld, type World } from './world.js';

const CLUSTER = 'https://kubernetes.example';
const ISSUER = 'https://issuer.example';
const AUDIENCE = 'latchkey';

describeWhere(whyNoOpenssl(), 'workloads with tokens', () => {
  let sandbox: Sandbox;
  let w: World;
  let key: SigningKey;

  beforeAll(async () => {
    sandbox = await startSandbox();
    key = await signingKey('k1');
    w = await startWorld(sandbox, {
      profiles: [
        profile('pods', { per: 'instance', allow: [{ kubernetes: { namespace: 'shop', service_account: 'orders' } }] }),
        profile('jwt', { allow: [{ jwt: { issuer: ISSUER, claims: { sub: 'orders', groups: 'writers' } } }] }),
      ],
    });
    const file = `${w.path}.issuers`;
    writeFileSync(`${w.path}.jwks`, JSON.stringify({ keys: [key.jwk] }));
    writeFileSync(
      file,
      JSON.stringify({
        issuers: [
          {
            issuer: CLUSTER,
            kind: 'kubernetes',
            audience: AUDIENCE,
            jwks_file: `${w.path}.jwks`,
            algorithms: ['ES256'],
          },
          { issuer: ISSUER, kind: 'jwt', audience: AUDIENCE, jwks_file: `${w.path}.jwks`, algorithms: ['ES256'] },
        ],
      }),
    );
    w.env['LATCHKEY_WORKLOAD_ISSUERS_FILE'] = file;
    const withTokens = await w.another();
    w = { ...w, mesh: withTokens };
  });
  afterAll(async () => {
    await w.stop();
    await sandbox.close();
  });

  const times = () => ({ iat: nowSeconds(), exp: nowSeconds() + 300, aud: AUDIENCE });
  const pod = (account: string, name: string) =>
    sign(key, {
      ...times(),
      iss: CLUSTER,
      sub: `system:serviceaccount:shop:${account}`,
      'kubernetes.io': { namespace: 'shop', serviceaccount: { name: account, uid: 'u' }, pod: { name, uid: 'p' } },
    });
  const ask = async (token: string, name: string, body: unknown = {}) =>
    w.mesh.send('POST', `/v1/credentials/${name}`, { body, headers: { authorization: `Bearer ${token}` } });

  test('a pod is allowed by its namespace and service account, and its instance is the pod that the token names, whatever it says', async () => {
    const [a, b] = [
      await ask(await pod('orders', 'orders-a'), 'pods', { instance: 'orders-b' }),
      await ask(await pod('orders', 'orders-b'), 'pods'),
    ];
    expect([a.status, b.status, a.json['key_id'] === b.json['key_id']]).toEqual([201, 201, false]);
    const found = await must(w.es, 'GET', `/_security/api_key?id=${String(a.json['key_id'])}`);
    expect((found['api_keys'] as Json[])[0]?.['metadata']).toMatchObject({
      latchkey: {
        lease: { subject: 'kubernetes:shop/orders', namespace: 'shop', source: 'kubernetes', instance: 'orders-a' },
      },
    });
    expect(await w.use(String(a.json['encoded']))).toBe(200);
    const denied = await ask(await pod('billing', 'billing-a'), 'pods');
    expect([denied.status, denied.json['code']]).toEqual([403, 'profile.denied']);
  });

  test('a token is allowed by its claims, and only by all of them', async () => {
    const token = (groups: string[]) => sign(key, { ...times(), iss: ISSUER, sub: 'orders', groups });
    expect((await ask(await token(['readers', 'writers']), 'jwt')).status).toBe(201);
    expect((await ask(await token(['readers']), 'jwt')).json['code']).toBe('profile.denied');
  });

  test('a subject that could not be recorded in a key gets nothing, and makes no trouble for others', async () => {
    const odd = await sign(key, { ...times(), iss: ISSUER, sub: 'orders\u0000', groups: ['writers'] });
    expect([401, 403]).toContain((await ask(odd, 'jwt')).status);
    expect(
      (await ask(await sign(key, { ...times(), iss: ISSUER, sub: 'orders', groups: ['writers'] }), 'jwt')).status,
    ).toBe(201);
  });
});

describeWhere(whyNoOpenssl(), 'a service identity that cannot work', () => {
  test.each([
    ['a wrong password', { ELASTICSEARCH_SERVICE_PASSWORD: 'wrong-password' }, /does not accept the service identity/],
    ['an API key in the place of a token', { key: 'yes' }, /does not accept the service identity|is an API key/],
  ])(
    '%s makes every profile unfit, says why, and gives out nothing',
    async (_what, { key, ...changes }: Record<string, string>, problem) => {
      const sandbox = await startSandbox();
      const w = await startWorld(sandbox, { profiles: [profile('orders')] });
      const made = await call(sandbox, 'POST', '/_security/api_key?refresh=true', { name: 'a-key' });
      const env = { ...w.env, ...changes };
      if (key !== undefined) {
        delete env['ELASTICSEARCH_SERVICE_USERNAME'];
        delete env['ELASTICSEARCH_SERVICE_PASSWORD'];
        env['ELASTICSEARCH_SERVICE_TOKEN'] = String(made.body['encoded']);
      }
      for (const name of Object.keys(w.env)) delete w.env[name];
      Object.assign(w.env, env);
      const replica = await w.another(env);
      await eventually(async () => {
        const { json } = await replica.send('GET', '/v1/credentials', { headers: { authorization: w.admin } });
        expect((json['items'] as Json[])[0]).toMatchObject({ fit: 'unfit', problem: expect.stringMatching(problem) });
      });
      const answer = await replica.ask(
        w.client('spiffe://cluster.local/ns/shop/sa/orders'),
        'POST',
        '/v1/credentials/orders',
        { body: {} },
      );
      expect([answer.status, answer.body.code]).toEqual([503, 'profile.unfit']);
      await w.stop();
      await sandbox.close();
    },
  );
});
