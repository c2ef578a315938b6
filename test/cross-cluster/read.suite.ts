import { setTimeout as pause } from 'node:timers/promises';
import type { Fixture } from './fixture.ts';
import { expectProblem, KEYS, type Answer } from './latchkey.ts';

const EXPIRY_MS = 1200;

export function readSuite(fixture: () => Fixture): void {
  describe('list, get, count, connect', () => {
    const PREFIX = 'reading-';
    let ids: string[];
    let secrets: string[];
    const get = (path: string): Promise<Answer> =>
      fixture().latchkey.send(fixture().callers.manageSecurity, 'GET', `${KEYS}${path}`);
    const own = (): string => `username=${fixture().callers.manageSecurity.username}`;

    beforeAll(async () => {
      const { create, makeUserKey } = fixture();
      await makeUserKey({ name: `${PREFIX}user` });
      const made = await Promise.all(
        ['a', 'b', 'c'].map((name) =>
          create({ name: `${PREFIX}${name}`, metadata: { n: name }, ...(name === 'c' && { expiration: '1s' }) }),
        ),
      );
      ids = made.map(({ body }) => body.key.id);
      await pause(EXPIRY_MS);
      secrets = made.flatMap(({ body }) => [body.secret.encoded, body.secret.api_key]);
    });

    test('a list shows cross-cluster keys and no others, filtered and page by page', async () => {
      const all = await get(`?name_prefix=${PREFIX}&${own()}`);
      expect(all.body.total).toBe(3);
      expect(all.body.items.map(({ id }: { id: string }) => id).toSorted()).toEqual(ids.toSorted());
      const first = await get(`?name_prefix=${PREFIX}&${own()}&size=2&sort=name`);
      expect(first.body.items.map(({ name }: { name: string }) => name)).toEqual([`${PREFIX}a`, `${PREFIX}b`]);
      const next = await get(
        `?name_prefix=${PREFIX}&${own()}&size=2&sort=name&cursor=${encodeURIComponent(first.body.next_cursor)}`,
      );
      expect(next.body.items.map(({ name }: { name: string }) => name)).toEqual([`${PREFIX}c`]);
      expect(next.body.next_cursor).toBeNull();
    });

    test('a list tells expired keys from active ones', async () => {
      const expired = await get(`?name_prefix=${PREFIX}&${own()}&status=expired`);
      expect(expired.body.items.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
        [ids[2], 'expired'],
      ]);
      expect((await get(`?name_prefix=${PREFIX}&${own()}&status=active`)).body.total).toBe(2);
    });

    test('the counts are those of the cross-cluster keys, with every type beside them', async () => {
      const { callers } = fixture();
      const { body } = await get('/_summary');
      const listed = await get('?size=1');
      expect(body.total).toBe(listed.body.total);
      expect(body.by_type.cross_cluster).toBe(body.total);
      expect(body.by_type.user).toBeGreaterThan(0);
      expect(body.by_status.active + body.by_status.expired + body.by_status.invalidated).toBe(body.total);
      const mine = await get(`?size=1&${own()}`);
      expect(body.by_owner).toContainEqual({
        username: callers.manageSecurity.username,
        realm: callers.manageSecurity.realm,
        count: mine.body.total,
      });
    });

    test('no answer but that of the create holds the secret, and no line of the log does', async () => {
      const answers = await Promise.all([
        ...ids.flatMap((id) => [get(`/${id}`), get(`/${id}/connect`)]),
        get(`?name_prefix=${PREFIX}`),
      ]);
      const text = answers.map((answer) => answer.text).join() + fixture().latchkey.log();
      for (const secret of secrets) expect(text).not.toContain(secret);
    });

    test('connect says what to run on the other cluster, for proxy and for sniff mode, with a placeholder for the secret', async () => {
      const proxy = await get(`/${ids[0]}/connect?alias=alpha&mode=proxy&address=10.0.0.1:9443`);
      expect(proxy.body).toMatchObject({ key_id: ids[0], alias: 'alpha', mode: 'proxy' });
      const commands = (answer: Answer): string[] =>
        answer.body.steps.map(({ command }: { command: string }) => command);
      expect(commands(proxy)).toHaveLength(4);
      expect(commands(proxy)[0]).toBe(
        "$ printf %s '<encoded>' | bin/elasticsearch-keystore add --stdin --force cluster.remote.alpha.credentials",
      );
      expect(commands(proxy)[1]).toBe('POST /_nodes/reload_secure_settings');
      expect(settingsIn(commands(proxy)[2])).toEqual({
        alpha: { mode: 'proxy', proxy_address: '10.0.0.1:9443', skip_unavailable: false },
      });
      expect(commands(proxy)[3]).toBe('GET /alpha:*/_search?size=0');
      const sniff = await get(`/${ids[0]}/connect?mode=sniff`);
      expect(settingsIn(commands(sniff)[2])).toEqual({
        my_remote_cluster: { mode: 'sniff', seeds: ['<host>:9443'], skip_unavailable: false },
      });
    });

    test.each([
      ['alias', "alias=a'%24(id)"],
      ['mode', 'mode=direct'],
      ['address', 'address=host'],
      ['secret', 'secret=x'],
    ])('connect refuses a bad %s', async (name, query) => {
      expectProblem(await get(`/${ids[0]}/connect?${query}`), 400, 'request.invalid', `query:${name}`);
    });
  });
}

function settingsIn(command: string | undefined): unknown {
  const [head, ...json] = (command ?? '').split('\n');
  expect(head).toBe('PUT /_cluster/settings');
  return JSON.parse(json.join('\n')).persistent.cluster.remote;
}
