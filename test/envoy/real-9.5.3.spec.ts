import { setTimeout as sleep } from 'node:timers/promises';
import { ORDERS, profile, startWorld, STRANGER, type World } from '../credentials/world.js';
import { must, type Json } from '../support/elasticsearch/http.ts';
import { ConfigFolder } from '../support/envoy/config.js';
import { describeEnvoyAndElasticsearch, until } from '../support/envoy/index.js';
import { eventually } from '../support/wait.js';
import { nowSeconds, sign, signingKey, type SigningKey } from '../support/workload/issuer.js';
import { FRONT } from '../support/workload/mesh.js';
import { startFront, type Front } from './front.js';
import { answered, startLoad, startSidecar, type Counted, type Sidecar, type SidecarOptions } from './sidecar.js';

/** Only ends a hang. */
const READY_MS = 240_000;
const ISSUER = 'https://issuer.example';
const PER_SECOND = 50;
/** Around the end of a key neither answer proves anything. */
const MARGIN_MS = 500;
/** Envoy gives a poll thirty seconds, and hears of nothing before its end unless it is woken. */
const BEFORE_A_POLL_ENDS_MS = 25_000;
const ROTATING_MS = 13_000;

await describeEnvoyAndElasticsearch({ version: '9.5.3', license: 'trial' }, 'sidecars', (es) => {
  let w: World;
  let stranger: Sidecar;
  let folder: ConfigFolder;
  let issuer: SigningKey;
  const running: Array<Sidecar | Front> = [];

  const sidecar = async (options: Partial<SidecarOptions> & { profile: string }): Promise<Sidecar> => {
    const started = await startSidecar(w, { uri: ORDERS, ...options });
    running.push(started);
    return started;
  };
  const ready = async (options: Partial<SidecarOptions> & { profile: string }): Promise<Sidecar> => {
    const started = await sidecar(options);
    await started.envoy.ready(READY_MS);
    return started;
  };
  const refused = async (one: Sidecar, status: number): Promise<void> => {
    await answered(one, status);
    expect([await one.polls(200), await one.envoy.isReady()]).toEqual([0, false]);
  };
  const leases = async (name: string): Promise<Json[]> =>
    (await w.asAdmin('GET', `/v1/leases?profile=${name}&size=100`)).json['items'] as Json[];
  const keyOf = async (id = ''): Promise<{ expiration: number; invalidation?: number }> => {
    const {
      api_keys: [found],
    } = (await must(w.es, 'GET', `/_security/api_key?id=${id}`)) as unknown as {
      api_keys: Array<{ expiration: number; invalidation?: number }>;
    };
    if (found === undefined) throw new Error(`Elasticsearch has no key ${id}`);
    return found;
  };
  const closed = (isClosed: boolean): Json => profile('closing', { closed: isClosed });
  const profiles = (): Json[] => [
    profile('inject'),
    profile('whole-value', { header_value: 'authorization' }),
    // Replaced every four seconds, and alive long after.
    profile('rotate', { ttl: '40s', max_ttl: '40s', rotate_at: 0.1 }),
    profile('outlive', { ttl: '30s', max_ttl: '30s', rotate_at: 0.9 }),
    profile('incident'),
    profile('forwarded'),
    profile('by-token', { allow: [{ jwt: { issuer: ISSUER, claims: { sub: 'orders' } } }] }),
  ];

  beforeAll(async () => {
    issuer = await signingKey('k1');
    folder = new ConfigFolder();
    const jwks_file = folder.write('jwks.json', JSON.stringify({ keys: [issuer.jwk] }));
    const issuers = folder.write(
      'issuers.json',
      JSON.stringify({ issuers: [{ issuer: ISSUER, kind: 'jwt', audience: 'latchkey', jwks_file }] }),
    );
    w = await startWorld(es(), {
      profiles: [...profiles(), closed(false)],
      env: { LATCHKEY_MESH_XFCC_TRUSTED: FRONT, LATCHKEY_WORKLOAD_ISSUERS_FILE: issuers },
    });
    // Its listener opens after fifteen seconds, so it is started first and looked at last.
    stranger = await sidecar({ profile: 'inject', uri: STRANGER });
  });
  afterEach(async () => {
    await Promise.all(
      running
        .splice(0)
        .filter((one) => one !== stranger)
        .map((one) => one.stop()),
    );
  });
  afterAll(async () => {
    await stranger?.stop();
    await w?.stop();
    folder?.remove();
  });

  test.each(['inject', 'whole-value'])(
    'a request through the Envoy that Latchkey has configured reaches Elasticsearch with the key of the lease (profile %s)',
    async (name) => {
      const { authenticate } = await ready({ profile: name });
      const answer = await authenticate();
      const [lease] = await leases(name);
      expect(answer.status).toBe(200);
      expect(lease).toMatchObject({ key_id: answer.keyId, subject: ORDERS, status: 'active', source: 'mtls' });
    },
  );

  test('so does one of an Envoy that shows a token over TLS, and a token of somebody else gets nothing', async () => {
    const tokenOf = (sub: string): Promise<string> =>
      sign(issuer, { iss: ISSUER, aud: 'latchkey', sub, iat: nowSeconds(), exp: nowSeconds() + 300 });
    const latchkey = await w.another({ LATCHKEY_TLS_ENABLED: 'true' });
    const { authenticate } = await ready({ profile: 'by-token', latchkey, token: await tokenOf('orders') });
    const answer = await authenticate();
    expect((await leases('by-token'))[0]).toMatchObject({
      key_id: answer.keyId,
      subject: `jwt:${ISSUER}#orders`,
      source: 'jwt',
    });
    await refused(await sidecar({ profile: 'by-token', latchkey, token: await tokenOf('billing') }), 403);
  });

  test('what the application sends as its own credential does not reach Elasticsearch', async () => {
    const { authenticate } = await ready({ profile: 'inject' });
    const answer = await authenticate({ authorization: w.admin });
    expect([answer.status, answer.keyId]).toEqual([200, (await leases('inject'))[0]?.['key_id']]);
  });

  test('neither the log of Envoy nor its admin port shows the key', async () => {
    const { envoy, authenticate } = await ready({ profile: 'inject' });
    const { body } = await w.ask(ORDERS, 'POST', '/v1/credentials/inject', {});
    const { keyId } = await authenticate();
    const shown = `${await envoy.log()}${JSON.stringify(await envoy.configDump())}`;
    expect([body.key_id, shown.includes(body.encoded), shown.includes('[redacted]')]).toEqual([keyId, false, true]);
  });

  /** Many requests while four keys at least are replaced. Returns the keys that they carried, in order. */
  const underLoad = async (sidecars: Sidecar[]): Promise<string[]> => {
    const known = (await leases('rotate')).length;
    const loads = sidecars.map((one) => startLoad(one, PER_SECOND));
    await sleep(ROTATING_MS);
    await eventually(async () => expect((await leases('rotate')).length).toBeGreaterThanOrEqual(known + 4));
    const answers = await Promise.all(loads.map((load) => load.stop()));
    expect(answers.map(({ length }) => length > ((ROTATING_MS - 200) / 1000) * PER_SECOND)).not.toContain(false);
    expect(lost(answers.flat())).toEqual([]);
    return [...new Set(answers.flat().map(({ keyId = '' }) => keyId))];
  };

  test(`rotations under ${PER_SECOND} requests a second lose none, and an old key is ended before its own end`, async () => {
    const used = await underLoad([await ready({ profile: 'rotate' })]);
    expect(used.length).toBeGreaterThanOrEqual(3);
    // Of the last two one is in use, and the other perhaps not yet known to be done with.
    for (const id of used.slice(0, -2)) {
      const { expiration, invalidation = Infinity } = await keyOf(id);
      expect(invalidation).toBeLessThan(expiration);
    }
  });

  test('nor do they when two Envoys share the key and no poll is held, so that one hears of a new key seconds after the other', async () => {
    const latchkey = await w.another({ LATCHKEY_SDS_HOLD_MS: '0' });
    const used = await underLoad([
      await ready({ profile: 'rotate', latchkey }),
      await ready({ profile: 'rotate', latchkey }),
    ]);
    expect(used.length).toBeGreaterThanOrEqual(3);
  });

  test('when Latchkey is gone requests go on until the end of the key, and then fail', async () => {
    const latchkey = await w.another();
    const one = await ready({ profile: 'outlive', latchkey });
    const { keyId } = await one.authenticate();
    await latchkey.service.stop({ drainMs: 0 });
    const { expiration } = await keyOf(keyId);
    const load = startLoad(one, PER_SECOND);
    await sleep(expiration - Date.now() + 2500);
    const answers = await load.stop();
    const before = answers.filter(({ doneMs }) => doneMs < expiration - MARGIN_MS);
    const after = answers.filter(({ atMs }) => atMs > expiration + MARGIN_MS);
    expect([before.length > PER_SECOND, lost(before)]).toEqual([true, []]);
    expect([
      after.length > PER_SECOND / 2,
      [...new Set(after.map(({ status, text }) => `${status} ${text.includes('api key is expired')}`))],
    ]).toEqual([true, ['401 true']]);
  });

  test('after an incident revokes all leases of a profile, the old key is dead and Envoy has a new one in about a second', async () => {
    const one = await ready({ profile: 'incident' });
    const before = await one.authenticate();
    const revoked = await w.asAdmin('POST', '/v1/leases/_revoke', {
      profile: 'incident',
      confirm: 'incident',
      reason: 'a key was seen in a log',
    });
    const sinceMs = Date.now();
    expect([revoked.status, revoked.json['revoked']]).toEqual([200, 1]);
    const next = await until(READY_MS, 'request that succeeds', async () => {
      const answer = await one.authenticate();
      return answer.status === 200 ? answer : undefined;
    });
    const tookMs = Date.now() - sinceMs;
    expect(next.keyId).not.toBe(before.keyId);
    expect(tookMs).toBeLessThan(BEFORE_A_POLL_ENDS_MS);
    expect((await keyOf(before.keyId)).invalidation).toBeGreaterThan(0);
  });

  test('a closed profile gives no new key: after the revocation requests fail, and go on failing', async () => {
    const one = await ready({ profile: 'closing' });
    expect((await one.authenticate()).status).toBe(200);
    w.write([...profiles(), closed(true)]);
    await answered(one, 403);
    await w.asAdmin('POST', '/v1/leases/_revoke', {
      profile: 'closing',
      confirm: 'closing',
      reason: 'the workload is no longer trusted',
    });
    const load = startLoad(one, 10);
    await sleep(3000);
    const answers = await load.stop();
    expect([answers.length > 20, [...new Set(answers.map(({ status }) => status))]]).toEqual([true, [401]]);
    expect((await leases('closing')).filter(({ status }) => status === 'active')).toEqual([]);
  });

  describe('behind a front Envoy that says whom it has seen (SANITIZE_SET)', () => {
    const front = async (own: string): Promise<number> => {
      const started = await startFront(
        w.mesh.meshUrl,
        w.pki.read('ca.pem'),
        w.pki.issue({ san: ['DNS.1 = localhost'] }),
        w.client(own),
      );
      running.push(started);
      return started.port;
    };
    /** Has the poll itself carry a header, as a workload that lies would. */
    const forging = (bootstrap: string): string => {
      const header = `By=${FRONT};Hash=00;URI=${ORDERS}`;
      const mutation = {
        mutations: {
          request_mutations: [
            {
              append: {
                header: { key: 'x-forwarded-client-cert', value: header },
                append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
              },
            },
          ],
        },
      };
      const filters = [
        {
          name: 'envoy.filters.http.header_mutation',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation',
            ...mutation,
          },
        },
        {
          name: 'envoy.filters.http.upstream_codec',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec',
          },
        },
      ];
      return bootstrap.replace(
        'common_http_protocol_options:',
        `http_filters: ${JSON.stringify(filters)}\n          common_http_protocol_options:`,
      );
    };
    test('a workload is known by its own certificate when Latchkey trusts the front', async () => {
      const { authenticate } = await ready({ profile: 'forwarded', port: await front(FRONT) });
      const answer = await authenticate();
      expect(answer.status).toBe(200);
      expect((await leases('forwarded'))[0]).toMatchObject({ key_id: answer.keyId, subject: ORDERS, source: 'xfcc' });
    });

    test('a workload gets nothing through a front that Latchkey does not trust', async () => {
      await refused(await sidecar({ profile: 'forwarded', port: await front(STRANGER) }), 403);
    });

    test('a header that the workload has made up itself is dropped by a trusted front', async () => {
      await refused(
        await sidecar({ profile: 'forwarded', uri: STRANGER, port: await front(FRONT), edit: forging }),
        403,
      );
    });

    test('a header that the workload has made up itself is ignored by Latchkey', async () => {
      await refused(await sidecar({ profile: 'forwarded', uri: STRANGER, edit: forging }), 403);
    });

    test.each([
      ['a second URI', `${STRANGER};URI=${ORDERS}`],
      ['a second element', `${STRANGER},By=${FRONT};Hash=00;URI=${ORDERS}`],
      ['quotes', `\\"${ORDERS}\\"`],
    ])('a certificate with %s in its URI gets nothing through a trusted front', async (_what, uri) => {
      await refused(await sidecar({ profile: 'forwarded', uri, port: await front(FRONT) }), 401);
    });
  });

  test('a workload with another SPIFFE id gets no key: Latchkey answers 403, Envoy answers its requests itself, and no key was made for it', async () => {
    await stranger.envoy.ready(READY_MS);
    const answer = await stranger.authenticate({ authorization: w.admin });
    expect([answer.status, answer.text]).toEqual([401, 'Failed to inject credential.']);
    expect([await stranger.polls(200), (await stranger.polls(403)) > 3]).toEqual([0, true]);
    expect((await leases('inject')).filter(({ subject }) => subject === STRANGER)).toEqual([]);
  });
});

/** Answers other than 200, each kind with how often it came. */
function lost(answers: Counted[]): string[] {
  const kinds = Map.groupBy(
    answers.filter(({ status }) => status !== 200),
    ({ status, text }) => `${status} ${text.slice(0, 400)}`,
  );
  return [...kinds].map(([kind, { length }]) => `${length} times ${kind}`);
}
