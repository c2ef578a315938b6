import { appendFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { call, must, type Json } from '../support/elasticsearch/http.ts';
import { startPair, whyPairUnavailable, type Pair } from '../support/elasticsearch/index.ts';
import { makeUser } from './fixture.ts';
import { SEEN, SIGNER } from './identity.suite.ts';
import { KEYS, startLatchkey, type Answer, type Latchkey } from './latchkey.ts';

/** Only ends a hang. */
const CONNECT_LIMIT_MS = 240_000;
/** Searchers at work during the rotation, and the pause of each between two searches. */
const SEARCHERS = 2;
const SEARCH_PAUSE_MS = 40;
const NAME = 'cross-cluster keys in use between two nodes of Elasticsearch 9.5.3';

const reason = await whyPairUnavailable('9.5.3');
const skips = process.env['LATCHKEY_TEST_SKIPS'];
if (reason !== undefined && skips !== undefined) await appendFile(skips, `${NAME}: ${reason}\n`);
// As describeReal does, which knows single nodes only.
const describePair =
  reason === undefined || process.env['LATCHKEY_REQUIRE_ELASTICSEARCH'] === '1' ? describe : describe.skip;

interface Found {
  status: number;
  hits: number;
  /** Clusters that were skipped. */
  skipped: number;
  text: string;
}

describePair(reason === undefined ? NAME : `${NAME} [skipped: ${reason}]`, () => {
  let pair: Pair;
  let latchkey: Latchkey;
  let manager: string;
  /** The key that `local` holds for alpha. */
  let current: { id: string; encoded: string };

  const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
    latchkey.send(manager, method, `${KEYS}${path}`, body);
  const create = async (body: Json): Promise<Answer> => {
    const answer = await send('POST', '', {
      name: 'local-cluster',
      access: { search: [{ names: ['logs-*'] }] },
      ...body,
    });
    if (answer.status !== 201) throw new Error(`not created: ${answer.status} ${answer.text}`);
    return answer;
  };
  const search = async (index = 'alpha:logs-*'): Promise<Found> => {
    const { status, body, text } = await call(pair.local, 'GET', `/${index}/_search`);
    const { hits, _clusters: clusters } = body as { hits?: { hits: unknown[] }; _clusters?: { skipped: number } };
    return { status, hits: hits?.hits.length ?? 0, skipped: clusters?.skipped ?? 0, text };
  };
  /** Elasticsearch names the key in its refusal of an index that the key does not allow. */
  const keyInUse = async (): Promise<string | undefined> =>
    /API key id \[([^\]]+)\]/.exec((await search('alpha:beyond-the-key')).text)?.[1];
  const eventually = async (index: string): Promise<Found> => {
    const deadline = Date.now() + CONNECT_LIMIT_MS;
    for (;;) {
      const found = await search(index);
      if (found.status === 200 || Date.now() > deadline) return found;
      await pause(200);
    }
  };
  const runSettings = (command: string): Promise<Json> =>
    must(pair.local, 'PUT', '/_cluster/settings', JSON.parse(command.replace('PUT /_cluster/settings\n', '')) as Json);

  beforeAll(async () => {
    pair = await startPair({ version: '9.5.3' });
    latchkey = await startLatchkey(pair.remote);
    manager = await makeUser(pair.remote, 'cross-cluster-manager', ['manage_security']);
    await Promise.all(
      ['logs-1', 'other-1'].map((index) => must(pair.remote, 'PUT', `/${index}/_doc/1?refresh=true`, { index })),
    );
  });

  afterAll(async () => {
    await latchkey?.stop();
    await pair?.stop();
  });

  test('the steps that a create answers join two clusters of 9.5.3, and a search across them finds the document', async () => {
    const { key, secret } = (
      await create({ formats: ['remote-cluster'], alias: 'alpha', address: pair.remoteClusterAddress })
    ).body;
    current = { id: key.id, encoded: secret.encoded };
    const [, , settings, proof] = secret.remote_cluster.steps as Array<{ command: string }>;
    await pair.rotate(secret.encoded); // keystore and reload: the first two steps
    await runSettings(settings?.command ?? '');
    expect(await eventually('alpha:logs-*')).toMatchObject({ status: 200, hits: 1 });
    const proven = await call(pair.local, 'GET', (proof?.command ?? '').replace('GET ', ''));
    expect(proven.status).toBe(200);
    expect(await keyInUse()).toBe(key.id);
    expect((await search('alpha:*')).text).not.toContain('other-1');
  });

  test('the steps for sniff mode join them too', async () => {
    const { secret } = (
      await create({ formats: ['remote-cluster'], alias: 'beta', mode: 'sniff', address: pair.remoteClusterAddress })
    ).body;
    await pair.rotate(secret.encoded, 'beta');
    await runSettings(secret.remote_cluster.steps[2].command);
    expect(await eventually('beta:logs-*')).toMatchObject({ status: 200, hits: 1 });
  });

  test('an update of the access through Latchkey acts on the next search, with the same secret', async () => {
    expect((await search('alpha:other-1')).status).toBe(403);
    const moved = await send('PATCH', `/${current.id}`, { access: { search: [{ names: ['other-*'] }] } });
    expect(moved.body).toMatchObject({ updated: true, key: { access_summary: 'May search other-*.' } });
    expect(await search('alpha:other-1')).toMatchObject({ status: 200, hits: 1 });
    expect((await search('alpha:logs-1')).status).toBe(403);
    await send('PATCH', `/${current.id}`, { access: { search: [{ names: ['logs-*'] }] } });
    expect(await search('alpha:logs-1')).toMatchObject({ status: 200, hits: 1 });
  });

  test('a rotation through Latchkey under constant searches loses none', async () => {
    const searches = { done: 0, failed: [] as Found[], going: true };
    const searchers = Array.from({ length: SEARCHERS }, async () => {
      while (searches.going) {
        const found = await search();
        searches.done += 1;
        if (found.status !== 200 || found.hits !== 1 || found.skipped !== 0) searches.failed.push(found);
        await pause(SEARCH_PAUSE_MS);
      }
    });
    const old = current.id;
    try {
      const rotated = await send('POST', `/${old}/rotate`, { alias: 'alpha' });
      expect(rotated.status).toBe(201);
      current = { id: rotated.body.key.id, encoded: rotated.body.secret.encoded };
      expect(await keyInUse()).toBe(old);
      await pair.rotate(current.encoded);
      expect(await keyInUse()).toBe(current.id);
      expect((await send('POST', `/${old}/finalize`)).body).toEqual({ invalidated: old, new_key_id: current.id });
      await pause(1000);
    } finally {
      searches.going = false;
      await Promise.all(searchers);
    }
    expect(searches.failed).toEqual([]);
    expect(searches.done).toBeGreaterThan(50);
    expect((await send('GET', `/${old}`)).body.status).toBe('invalidated');
    expect(await keyInUse()).toBe(current.id);
  });

  test('after an invalidation through Latchkey the next search is refused, which skip_unavailable and "connected" hide', async () => {
    expect((await send('DELETE', `/${current.id}`)).status).toBe(204);
    const refused = await search();
    expect(refused.status).toBe(401);
    expect(refused.text).toContain(current.id);
    expect(refused.text).toContain('has been invalidated');
    const info = await must(pair.local, 'GET', '/_remote/info');
    expect(info['alpha']).toMatchObject({ connected: true });
    await must(pair.local, 'PUT', '/_cluster/settings', {
      persistent: { 'cluster.remote.alpha.skip_unavailable': true },
    });
    expect(await search()).toMatchObject({ status: 200, hits: 0, skipped: 1 });
    await must(pair.local, 'PUT', '/_cluster/settings', {
      persistent: { 'cluster.remote.alpha.skip_unavailable': false },
    });
  });

  describe('certificate identity', () => {
    beforeAll(async () => {
      const { key, secret } = (await create({ certificate_identity: 'CN=local-b,OU=search,O=Org' })).body;
      current = { id: key.id, encoded: secret.encoded };
      await pair.rotate(secret.encoded);
      await pair.trustSigner(true);
    });

    test('a key with one works only for requests that the matching signer signed', async () => {
      const unsigned = await search();
      expect(unsigned.status).toBe(401);
      expect(unsigned.text).toContain('no certificate was provided');
      await pair.signRequestsAs('/O=Org/OU=search/CN=intruder');
      const intruder = await search();
      expect(intruder.status).toBe(401);
      expect(intruder.text).toContain('does not match');
      await pair.signRequestsAs(SIGNER, { issuer: 'stranger' });
      expect((await search()).status).toBe(401);
      await pair.signRequestsAs(SIGNER);
      expect(await search()).toMatchObject({ status: 200, hits: 1 });
    });

    test.each(SEEN)('the node decides %p as _match_identity says: %p', async (pattern, matches) => {
      const said = await send('POST', '/_match_identity', { certificate_identity: pattern, subject: SIGNER });
      expect(said.body.matches).toBe(matches);
      const updated = await send('PATCH', `/${current.id}`, { certificate_identity: pattern, allow_lockout: true });
      expect(updated.body.key.certificate_identity).toBe(pattern);
      expect(await search()).toMatchObject(matches ? { status: 200, hits: 1 } : { status: 401 });
    });

    test('a rotation carries it over, and the successor works for the same signer alone', async () => {
      await send('PATCH', `/${current.id}`, { certificate_identity: 'CN=local-.*,OU=search,O=Org' });
      const rotated = await send('POST', `/${current.id}/rotate`);
      expect(rotated.body.key.certificate_identity).toBe('CN=local-.*,OU=search,O=Org');
      await pair.rotate(rotated.body.secret.encoded);
      expect(await search()).toMatchObject({ status: 200, hits: 1 });
      expect(await keyInUse()).toBe(rotated.body.key.id);
      await pair.signRequestsAs('/O=Org/OU=search/CN=intruder');
      expect((await search()).status).toBe(401);
    });
  });
});
