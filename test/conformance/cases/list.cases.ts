import { expectProblem, expectRefusedAt, KEYS, type Owner, type World } from '../world.js';

const HOUR_MS = 3_600_000;
const SORTS = ['creation', '-creation', 'name', '-name', 'expiration', '-expiration'] as const;

export function listCases(w: World): void {
  visibilityCases(w);
  filterCases(w);
  describe('list: sort', () => {
    /** Name without the prefix -> life in hours; made in this order. */
    const LIVES = { c: 3, a: undefined, d: 1, b: 2 };
    const ORDERS: Record<(typeof SORTS)[number], string> = {
      creation: 'cadb',
      '-creation': 'bdac',
      name: 'abcd',
      '-name': 'dcba',
      expiration: 'dbca',
      '-expiration': 'acbd',
    };
    let prefix: string;

    beforeAll(async () => {
      prefix = w.name('sort-');
      for (const [letter, hours] of Object.entries(LIVES)) {
        await w.create(w.callers.manageOwnApiKey, {
          name: `${prefix}${letter}`,
          ...(hours !== undefined && { expiration: `${hours}h` }),
        });
      }
    });

    test.each(SORTS)('by %s, keys without an end counting as the last to end', async (sort) => {
      const names = await w.listNames(w.callers.manageOwnApiKey, { name_prefix: prefix, sort });
      expect(names.map((name) => name.slice(prefix.length)).join('')).toBe(ORDERS[sort]);
    });

    test.each(SORTS)('by %s, in pages of one as well', async (sort) => {
      const pages = await readPages(w, w.callers.manageOwnApiKey, { name_prefix: prefix, sort, size: 1 });
      expect(
        pages
          .flat()
          .map(({ name }) => name.slice(prefix.length))
          .join(''),
      ).toBe(ORDERS[sort]);
      expect(pages).toHaveLength(4);
    });

    test('without sort the newest come first', async () => {
      const names = await w.listNames(w.callers.manageOwnApiKey, { name_prefix: prefix });
      expect(names.map((name) => name.slice(prefix.length)).join('')).toBe(ORDERS['-creation']);
    });

    test('any other sort is refused', async () => {
      for (const sort of ['', 'id', '+name', 'type', '_score', 'metadata.a']) {
        expectRefusedAt(
          await w.send(w.callers.manageOwnApiKey, 'GET', `${KEYS}?sort=${encodeURIComponent(sort)}`),
          'query:sort',
        );
      }
    });
  });
  pagingCases(w);
}

function visibilityCases(w: World): void {
  describe('list: whose keys', () => {
    test("a caller with manage_own_api_key cannot see another user's key", async () => {
      const { manageOwnApiKey: own, secondManageOwnApiKey: other } = w.callers;
      const name = w.name('mine');
      await Promise.all([w.create(own, { name }), w.create(other, { name })]);
      for (const { authorization, username } of [own, other]) {
        const { items, total } = await w.list({ authorization }, { name });
        expect([total, items.map((key: { username: string }) => key.username)]).toEqual([1, [username]]);
      }
      expect((await w.list(own, { name, username: other.username })).total).toBe(0);
    });

    test('callers with manage_api_key, read_security, manage_security and superusers see the keys of all', async () => {
      const {
        manageOwnApiKey,
        secondManageOwnApiKey,
        manageApiKey,
        readSecurity,
        manageSecurity,
        superuser,
        apiKey,
        bearer,
      } = w.callers;
      const name = w.name('all');
      await Promise.all([w.create(manageOwnApiKey, { name }), w.create(secondManageOwnApiKey, { name })]);
      for (const caller of [manageApiKey, readSecurity, manageSecurity, superuser, apiKey, bearer]) {
        expect([caller.name, (await w.list(caller, { name })).total]).toEqual([caller.name, 2]);
      }
    });

    test('managed and cross-cluster keys are not among user keys', async () => {
      const { superuser } = w.callers;
      const ids = [...(await w.createManaged(superuser)).map(({ id }) => id), await w.createCrossCluster()];
      const queries: Array<Record<string, string>> = [
        { username: superuser.username },
        { name_prefix: 'Alerting: ' },
        { name_prefix: w.prefix },
      ];
      for (const query of queries) {
        const listed = (await readPages(w, superuser, { ...query, size: 100 })).flat();
        expect(listed.filter(({ id }) => ids.includes(id))).toEqual([]);
        expect(listed.every(({ type }) => type === 'user')).toBe(true);
      }
    });

    test('an item is what GET answers for the key', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key } = await w.create(own, {
        expiration: '1d',
        metadata: { a: 1 },
        role_descriptors: { r: { cluster: ['monitor'] } },
      });
      const { items } = await w.list(own, { name: key.name });
      expect(items).toEqual([await w.get(own, id)]);
    });
  });
}

function filterCases(w: World): void {
  describe('list: filters', () => {
    let own: Owner;
    let prefix: string;
    /** Creation of `active`, which was made after `old`. */
    let creation: number;
    let oldCreation: number;
    const expirations: Record<string, number> = {};

    beforeAll(async () => {
      own = await w.newOwner('filters');
      prefix = w.name('filter-');
      oldCreation = (await w.create(own, { name: `${prefix}old` })).key.creation;
      const made = await w.create(own, { name: `${prefix}active`, expiration: '2h' });
      creation = made.key.creation;
      expirations['active'] = made.key.expiration;
      const [later, invalidated] = await Promise.all([
        w.create(own, { name: `${prefix}later`, expiration: '4h' }),
        w.create(own, { name: `${prefix}invalidated`, expiration: '6h' }),
        w.createExpired(own, { name: `${prefix}expired` }),
      ]);
      expirations['later'] = later.key.expiration;
      await w.ok(own, 'DELETE', `${KEYS}/${invalidated.id}`);
    });

    async function found(query: Record<string, string | number>): Promise<string[]> {
      const { items, total } = await w.list(own, query);
      expect(total).toBe(items.length);
      return items.map(({ name }: { name: string }) => name.slice(prefix.length)).sort();
    }

    test('none: all of the own keys', async () => {
      expect(await found({})).toEqual(['active', 'expired', 'invalidated', 'later', 'old']);
    });

    test('name is the whole name; wildcards and case mean nothing special', async () => {
      expect(await found({ name: `${prefix}old` })).toEqual(['old']);
      for (const name of [`${prefix}ol`, `${prefix}*`, `${prefix}OLD`, '*', `${prefix}o?d`])
        expect(await found({ name })).toEqual([]);
    });

    test('name_prefix is the start of the name, as it is written', async () => {
      expect(await found({ name_prefix: `${prefix}` })).toHaveLength(5);
      expect(await found({ name_prefix: `${prefix}o` })).toEqual(['old']);
      for (const name_prefix of ['*', prefix.toUpperCase(), `${prefix}?`])
        expect(await found({ name_prefix })).toEqual([]);
    });

    test('username and realm are exact', async () => {
      expect(await found({ username: own.username, realm: own.realm })).toHaveLength(5);
      expect(await found({ username: own.username.toUpperCase() })).toEqual([]);
      expect(await found({ realm: 'no-such-realm' })).toEqual([]);
      const { total } = await w.list(w.callers.superuser, { username: own.username });
      expect(total).toBe(5);
    });

    test('status', async () => {
      expect(await found({ status: 'active' })).toEqual(['active', 'later', 'old']);
      expect(await found({ status: 'expired' })).toEqual(['expired']);
      expect(await found({ status: 'invalidated' })).toEqual(['invalidated']);
    });

    test('created_after and created_before, in milliseconds and as RFC 3339, without the instant itself', async () => {
      expect(await found({ created_before: creation })).toEqual(['old']);
      expect(await found({ created_before: new Date(creation).toISOString() })).toEqual(['old']);
      expect(await found({ created_after: oldCreation })).toEqual(['active', 'expired', 'invalidated', 'later']);
      expect(await found({ created_after: oldCreation, created_before: creation + 1 })).toEqual(['active']);
      expect(await found({ created_after: creation - 1, created_before: creation + 1 })).toEqual(['active']);
      expect(await found({ created_after: Date.now() + HOUR_MS })).toEqual([]);
    });

    test('expires_after and expires_before leave out keys without an end', async () => {
      const { active = 0, later = 0 } = expirations;
      expect(await found({ expires_after: active })).toEqual(['invalidated', 'later']);
      expect(await found({ expires_before: later })).toEqual(['active', 'expired']);
      expect(
        await found({
          expires_after: new Date(active - 1).toISOString(),
          expires_before: new Date(later + 1).toISOString(),
        }),
      ).toEqual(['active', 'later']);
    });

    test('several filters must all hold', async () => {
      expect(await found({ status: 'active', name_prefix: `${prefix}a` })).toEqual(['active']);
      expect(await found({ status: 'expired', name: `${prefix}active` })).toEqual([]);
      expect(await found({ status: 'active', created_before: creation, username: own.username })).toEqual(['old']);
    });

    test.each([
      'name=',
      'name_prefix=',
      'username=',
      'realm=',
      'status=dead',
      'created_after=yesterday',
      'created_before=',
      'expires_after=2026-13-45T00:00:00Z',
      'expires_before=-5',
      'owner=me',
    ])('%s is refused', async (query) => {
      expectRefusedAt(await w.send(own, 'GET', `${KEYS}?${query}`), `query:${query.split('=')[0]}`);
    });

    test('a filter that is given twice is refused', async () => {
      expectRefusedAt(await w.send(own, 'GET', `${KEYS}?name=a&name=b`), 'query:name');
    });
  });
}

function pagingCases(w: World): void {
  describe('list: pages', () => {
    test('size is kept, total counts all pages, and the last page has no next_cursor', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const prefix = w.name('size-');
      await Promise.all([1, 2, 3, 4, 5].map((n) => w.create(own, { name: `${prefix}${n}` })));
      const sizes = async (size: number): Promise<number[]> =>
        (await readPages(w, own, { name_prefix: prefix, size }, 5)).map((page) => page.length);
      expect(await sizes(2)).toEqual([2, 2, 1]);
      expect(await sizes(5)).toEqual([5]);
      expect(await sizes(4)).toEqual([4, 1]);
      expect(await sizes(100)).toEqual([5]);
    });

    test('size must be 1 to 100', async () => {
      for (const size of ['0', '101', '-1', '1.5', 'x', '', '1e2']) {
        expectRefusedAt(await w.send(w.callers.manageOwnApiKey, 'GET', `${KEYS}?size=${size}`), 'query:size');
      }
    });

    test.each(['name', '-creation', 'expiration'])(
      'by %s they are complete and repeat nothing while keys are made between them',
      async (sort) => {
        const { manageOwnApiKey: own } = w.callers;
        const prefix = w.name('inserts-');
        const ids = (
          await Promise.all(
            ['b', 'd', 'f', 'h', 'j', 'l', 'n'].map((letter, n) =>
              w.create(own, { name: `${prefix}${letter}`, expiration: `${n + 1}h` }),
            ),
          )
        ).map(({ id }) => id);
        const seen: string[] = [];
        const insert = async (letter: string): Promise<void> =>
          void (await w.create(own, { name: `${prefix}${letter}`, expiration: '210m' }));
        const between = ['a', 'e', 'm', 'z'];
        for (let cursor: string | null = ''; cursor !== null;) {
          const { items, next_cursor } = await w.list(own, {
            name_prefix: prefix,
            sort,
            size: 2,
            ...(cursor !== '' && { cursor }),
          });
          seen.push(...items.map(({ id }: { id: string }) => id));
          cursor = next_cursor;
          const letter = between.shift();
          if (letter !== undefined) await insert(letter);
        }
        expect(new Set(seen).size).toBe(seen.length);
        expect(ids.filter((id) => !seen.includes(id))).toEqual([]);
      },
    );

    test.each(SORTS)(
      'seven keys of one name, made at the same moment, each come once in pages of two by %s',
      async (sort) => {
        const { manageOwnApiKey: own } = w.callers;
        const name = w.name('seven');
        const ids = (await w.createMany(own, 7, { name })).map(({ id }) => id);
        const pages = await readPages(w, own, { name, size: 2, sort }, 7);
        expect(pages.map((page) => page.length)).toEqual([2, 2, 2, 1]);
        expect(
          pages
            .flat()
            .map(({ id }) => id)
            .sort(),
        ).toEqual(ids.sort());
      },
    );

    test('a cursor that was tampered with, or made for another list, is refused', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const name = w.name('tampered');
      await w.createMany(own, 3, { name });
      const { next_cursor: cursor } = await w.list(own, { name, size: 1 });
      const flipped = cursor.startsWith('A') ? `B${cursor.slice(1)}` : `A${cursor.slice(1)}`;
      const [payload] = cursor.split('.');
      const widened = Buffer.from('{"after":["0"]}').toString('base64url');
      for (const bad of [
        flipped,
        cursor.slice(0, -1),
        `${cursor}x`,
        payload,
        `${payload}.`,
        `${widened}.${cursor.split('.')[1]}`,
        'x',
        '.',
        '{}',
        '',
      ]) {
        expectRefusedAt(
          await w.send(own, 'GET', `${KEYS}?name=${name}&size=1&cursor=${encodeURIComponent(bad)}`),
          'query:cursor',
        );
      }
      const question = `cursor=${encodeURIComponent(cursor)}`;
      expectRefusedAt(await w.send(own, 'GET', `${KEYS}?size=1&${question}`), 'query:cursor');
      expectRefusedAt(await w.send(own, 'GET', `${KEYS}?name=${name}&sort=name&size=1&${question}`), 'query:cursor');
      expect((await w.list(own, { name, size: 1, cursor })).items).toHaveLength(1);
    });

    test("another caller's cursor shows nothing but the own keys", async () => {
      const { manageApiKey: admin, manageOwnApiKey: own, secondManageOwnApiKey: other } = w.callers;
      const name = w.name('foreign-cursor');
      await Promise.all([w.createMany(own, 2, { name }), w.createMany(other, 2, { name })]);
      const { next_cursor: cursor } = await w.list(admin, { name, size: 1 });
      const { items, total } = await w.list(other, { name, size: 100, cursor });
      expect(total).toBe(2);
      expect(items.every((key: { username: string }) => key.username === other.username)).toBe(true);
    });
  });

  describe('summary', () => {
    test('counts what the list holds', async () => {
      const own = await w.newOwner('summary');
      const [, , ended] = await Promise.all([
        w.create(own),
        w.create(own),
        w.create(own),
        w.createExpired(own),
        w.createManaged(own),
      ]);
      await w.ok(own, 'DELETE', `${KEYS}/${ended.id}`);
      const { body } = await w.ok(own, 'GET', `${KEYS}/_summary`);
      expect(body).toEqual({
        total: 4,
        by_type: { user: 4, cross_cluster: 0, managed: 3 },
        by_status: { active: 2, expired: 1, invalidated: 1 },
        by_owner: [{ username: own.username, realm: own.realm, count: 4 }],
      });
      for (const [status, count] of Object.entries(body.by_status))
        expect([status, (await w.list(own, { status })).total]).toEqual([status, count]);
    });

    test('of somebody who sees all keys counts every owner and kind', async () => {
      const { superuser, manageOwnApiKey: own } = w.callers;
      await Promise.all([w.createCrossCluster(), w.createManaged(own), w.create(own)]);
      const { body } = await w.ok(superuser, 'GET', `${KEYS}/_summary`);
      expect(body.by_type.cross_cluster).toBeGreaterThanOrEqual(1);
      expect(body.by_type.managed).toBeGreaterThanOrEqual(3);
      expect(body.by_type.user).toBe(body.total);
      const { total } = await w.list(superuser, { username: own.username, realm: own.realm });
      expect(body.by_owner).toContainEqual({ username: own.username, realm: own.realm, count: total });
    });

    test('of somebody without keys is all zeroes', async () => {
      const own = await w.newOwner('no-keys');
      expect((await w.ok(own, 'GET', `${KEYS}/_summary`)).body).toEqual({
        total: 0,
        by_type: { user: 0, cross_cluster: 0, managed: 0 },
        by_status: { active: 0, expired: 0, invalidated: 0 },
        by_owner: [],
      });
      expect(await w.list(own, {})).toEqual({ items: [], total: 0, next_cursor: null });
    });

    test('takes no parameters', async () => {
      expectProblem(await w.send(w.callers.superuser, 'GET', `${KEYS}/_summary/x`), 404, 'route.not-found');
    });
  });
}

interface Item {
  id: string;
  name: string;
  type: string;
}

/** All pages of a list; `total` is required to stay as given on each. */
async function readPages(
  w: World,
  who: { authorization: string },
  query: Record<string, string | number>,
  total?: number,
): Promise<Item[][]> {
  const pages: Item[][] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await w.list(who, { ...query, ...(cursor !== '' && { cursor }) });
    if (total !== undefined) expect(page.total).toBe(total);
    pages.push(page.items);
    cursor = page.next_cursor;
    if (pages.length > 200) throw new Error('a list without end');
  }
  return pages;
}
