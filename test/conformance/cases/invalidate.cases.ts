import { expectProblem, expectRefusedAt, KEYS, UNKNOWN_ID, type World } from '../world.js';

export function invalidateCases(w: World): void {
  describe('invalidate one', () => {
    test('answers 204, and the key no longer authenticates, is shown as invalidated, and a repeat is 204 too', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key, encoded } = await w.create(own, { expiration: '1d' });
      const before = Date.now();
      const answer = await w.send(own, 'DELETE', `${KEYS}/${id}`);
      expect([answer.status, answer.text]).toEqual([204, '']);
      const refused = await w.authenticate(encoded);
      expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('invalidated')]);
      const read = await w.get(own, id);
      expect(read).toEqual({
        ...key,
        status: 'invalidated',
        invalidation: expect.any(Number),
        invalidated_at: new Date(read.invalidation).toISOString(),
      });
      expect(read.invalidation).toBeGreaterThanOrEqual(before);
      expect(read.invalidation).toBeLessThanOrEqual(Date.now());
      expect((await w.send(own, 'DELETE', `${KEYS}/${id}`)).status).toBe(204);
      expect((await w.get(own, id)).invalidation).toBe(read.invalidation);
      const session = await w.send({ authorization: `ApiKey ${encoded}` }, 'GET', '/v1/session');
      expect(expectProblem(session, 401, 'auth.invalid').detail).toBe('The API key has been invalidated.');
    });

    test('an expired key can be invalidated', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id } = await w.createExpired(own);
      expect((await w.send(own, 'DELETE', `${KEYS}/${id}`)).status).toBe(204);
      expect((await w.get(own, id)).status).toBe('invalidated');
    });

    test("another's or an unknown key is 404 to a caller who sees only his own, and the key lives on", async () => {
      const { manageOwnApiKey: own, secondManageOwnApiKey: other, superuser } = w.callers;
      const { id, encoded } = await w.create(own);
      expectProblem(await w.send(other, 'DELETE', `${KEYS}/${id}`), 404, 'key.not-found');
      expectProblem(await w.send(other, 'DELETE', `${KEYS}/${UNKNOWN_ID}`), 404, 'key.not-found');
      expectProblem(await w.send(superuser, 'DELETE', `${KEYS}/${UNKNOWN_ID}`), 404, 'key.not-found');
      expect(await w.authenticates(encoded)).toBe(true);
    });

    test('callers with manage_api_key, manage_security and superusers end the keys of others; read_security does not', async () => {
      const { manageOwnApiKey: own, manageApiKey, manageSecurity, superuser, bearer, apiKey, readSecurity } = w.callers;
      const enders = [manageApiKey, manageSecurity, superuser, bearer, apiKey];
      const keys = await w.createMany(own, enders.length);
      const spared = await w.create(own);
      expectProblem(await w.send(readSecurity, 'DELETE', `${KEYS}/${spared.id}`), 403, 'privilege.missing');
      const statuses = await Promise.all(
        enders.map(async (caller, n) => [
          caller.name,
          (await w.send(caller, 'DELETE', `${KEYS}/${keys[n]?.id}`)).status,
        ]),
      );
      expect(statuses).toEqual(enders.map(({ name }) => [name, 204]));
      expect(await Promise.all(keys.map(({ encoded }) => w.authenticates(encoded)))).toEqual(keys.map(() => false));
      expect(await w.authenticates(spared.encoded)).toBe(true);
    });

    test('managed and cross-cluster keys are 409 with their place, and live on', async () => {
      const { superuser } = w.callers;
      const [crossCluster, managed] = await Promise.all([w.createCrossCluster(), w.createManaged(superuser)]);
      expect(
        expectProblem(await w.send(superuser, 'DELETE', `${KEYS}/${crossCluster}`), 409, 'key.wrong-type').see,
      ).toBe(`/v1/cross-cluster-keys/${crossCluster}`);
      for (const { id } of managed)
        expect(expectProblem(await w.send(superuser, 'DELETE', `${KEYS}/${id}`), 409, 'key.managed').see).toBe(
          `/v1/managed-keys/${id}`,
        );
      expect(await w.invalidatedAtElasticsearch(crossCluster)).toBe(false);
      expect(await Promise.all(managed.map(({ encoded }) => w.authenticates(encoded)))).toEqual([true, true, true]);
    });

    test('ends that key alone, not those of the same name or owner', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const [first, second] = await w.createMany(own, 2, { name: w.name('twins') });
      await w.ok(own, 'DELETE', `${KEYS}/${first?.id}`);
      expect(await w.authenticates(first?.encoded ?? '')).toBe(false);
      expect(await w.authenticates(second?.encoded ?? '')).toBe(true);
    });
  });

  describe('invalidate many', () => {
    const post = (who: { authorization: string }, body: unknown) => w.send(who, 'POST', `${KEYS}/_invalidate`, body);

    test('gives each id its own verdict', async () => {
      const { manageOwnApiKey: own, secondManageOwnApiKey: other } = w.callers;
      const [mine, ended, foreign, managed] = await Promise.all([
        w.createMany(own, 2),
        w.create(own),
        w.create(other),
        w.createManaged(own),
      ]);
      await w.ok(own, 'DELETE', `${KEYS}/${ended.id}`);
      const mineIds = mine.map(({ id }) => id);
      const managedIds = managed.map(({ id }) => id);
      const ids = [foreign.id, ...mineIds, UNKNOWN_ID, ...managedIds, ended.id];
      const { status, body } = await post(own, { ids });
      expect(status).toBe(200);
      expect(body.invalidated.sort()).toEqual(mineIds.sort());
      expect(body.previously_invalidated).toEqual([ended.id]);
      const codes = Object.fromEntries(body.errors.map(({ id, code }: { id: string; code: string }) => [id, code]));
      expect(codes).toEqual({
        [foreign.id]: 'key.not-found',
        [UNKNOWN_ID]: 'key.not-found',
        ...Object.fromEntries(managedIds.map((id) => [id, 'key.managed'])),
      });
      expect(body.errors.every(({ detail }: { detail: unknown }) => typeof detail === 'string' && detail !== '')).toBe(
        true,
      );
      expect(await Promise.all([...mine, ended].map(({ encoded }) => w.authenticates(encoded)))).toEqual([
        false,
        false,
        false,
      ]);
      expect(await Promise.all([foreign, ...managed].map(({ encoded }) => w.authenticates(encoded)))).toEqual([
        true,
        true,
        true,
        true,
      ]);
    });

    test('of an administrator ends keys of several owners, but no cross-cluster or managed key', async () => {
      const { manageOwnApiKey: own, secondManageOwnApiKey: other, manageApiKey: admin, superuser } = w.callers;
      const [first, second, crossCluster, managed] = await Promise.all([
        w.create(own),
        w.create(other),
        w.createCrossCluster(),
        w.createDirectly(superuser, { metadata: { managed: true } }),
      ]);
      const { body } = await post(admin, { ids: [crossCluster, first.id, managed.id, second.id] });
      expect(body.invalidated.sort()).toEqual([first.id, second.id].sort());
      expect(body.errors.map(({ id, code }: { id: string; code: string }) => [id, code])).toEqual([
        [crossCluster, 'key.wrong-type'],
        [managed.id, 'key.managed'],
      ]);
      expect(await w.invalidatedAtElasticsearch(crossCluster)).toBe(false);
      expect(await w.authenticates(managed.encoded)).toBe(true);
    });

    test('takes a hundred ids', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const [first, second] = await w.createMany(own, 2);
      const unknown = Array.from({ length: 98 }, (_, n) => `${UNKNOWN_ID.slice(0, 17)}${String(n).padStart(3, '0')}`);
      const { body } = await w.ok(own, 'POST', `${KEYS}/_invalidate`, { ids: [first?.id, ...unknown, second?.id] });
      expect(body.invalidated).toHaveLength(2);
      expect(body.errors).toHaveLength(98);
    });

    test.each([
      ['an empty list', () => ({ ids: [] }), '/ids'],
      ['no list', () => ({}), '/ids'],
      ['null', () => ({ ids: null }), '/ids'],
      ['one id as a text', (id: string) => ({ ids: id }), '/ids'],
      ['a blank id', (id: string) => ({ ids: [id, ''] }), '/ids'],
      ['an id that is no text', (id: string) => ({ ids: [id, 5] }), '/ids'],
      ['a wildcard', (id: string) => ({ ids: [id, '*'] }), '/ids'],
      ['an id twice', (id: string) => ({ ids: [id, id] }), '/ids'],
      [
        '101 ids',
        (id: string) => ({ ids: [id, ...Array.from({ length: 100 }, (_, n) => `${UNKNOWN_ID}${n}`)] }),
        '/ids',
      ],
      ['owner: true', (id: string) => ({ ids: [id], owner: true }), '/owner'],
      ['only owner: true', () => ({ owner: true }), undefined],
      ['a list as the body', (id: string) => [id], ''],
    ])('refuses %s, and nothing is invalidated', async (_what, body, pointer) => {
      const own = await w.newOwner('refused-many');
      const { id, encoded } = await w.create(own);
      const answer = await post(own, body(id));
      if (pointer === undefined) expectProblem(answer, 400, 'request.invalid');
      else expectRefusedAt(answer, pointer);
      expect(await w.authenticates(encoded)).toBe(true);
      expect((await w.list(own, { status: 'active' })).total).toBe(1);
    });
  });
}
