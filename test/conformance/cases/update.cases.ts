import { expectProblem, expectRefusedAt, KEYS, UNKNOWN_ID, type World } from '../world.js';

const HOUR_MS = 3_600_000;
const READ_LOGS = { reader: { indices: [{ names: ['logs-*'], privileges: ['read'] }] } };
const NOTHING = { none: {} };

export function updateCases(w: World): void {
  const patch = (who: { authorization: string }, id: string, body: unknown, headers?: Record<string, string>) =>
    w.send(who, 'PATCH', `${KEYS}/${id}`, body, headers);

  describe('update', () => {
    test('changes metadata, and what is absent stays', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key } = await w.create(own, {
        expiration: '1d',
        metadata: { a: 1, b: 2 },
        role_descriptors: READ_LOGS,
      });
      const { status, body, headers } = await patch(own, id, { metadata: { c: 3 } });
      expect(status).toBe(200);
      expect(body).toEqual({ updated: true, key: { ...key, metadata: { c: 3 } } });
      const read = await w.ok(own, 'GET', `${KEYS}/${id}`);
      expect(read.body).toEqual(body.key);
      expect(read.headers.get('etag')).toBe(headers.get('etag'));
    });

    test('changes role descriptors, which act on the next use of the key', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key, encoded } = await w.create(own, {
        expiration: '1d',
        metadata: { a: 1 },
        role_descriptors: READ_LOGS,
      });
      const search = async () =>
        (
          await w.elasticsearch(
            { authorization: `ApiKey ${encoded}` },
            'GET',
            '/logs-1/_search?ignore_unavailable=true',
          )
        ).status;
      expect(await search()).not.toBe(403);
      const { body } = await w.ok(own, 'PATCH', `${KEYS}/${id}`, { role_descriptors: NOTHING });
      expect(body).toMatchObject({
        updated: true,
        key: { restricted: true, metadata: { a: 1 }, expiration: key.expiration },
      });
      expect(Object.keys(body.key.role_descriptors)).toEqual(['none']);
      expect(await search()).toBe(403);
      expect(await w.authenticates(encoded)).toBe(true);
    });

    test('moves the expiration, forth and back, by time value and by instant, counted from now', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key } = await w.create(own, { expiration: '1h', metadata: { a: 1 }, role_descriptors: READ_LOGS });
      for (const [expiration, hours] of [
        ['48h', 48],
        [new Date(Date.now() + 2 * HOUR_MS).toISOString(), 2],
      ] as const) {
        const wanted = Date.now() + hours * HOUR_MS;
        const { body } = await w.ok(own, 'PATCH', `${KEYS}/${id}`, { expiration });
        expect(body.updated).toBe(true);
        // Whole seconds, counted from some moment of the call.
        expect(body.key.expiration).toBeGreaterThan(wanted - 2000);
        expect(body.key.expiration).toBeLessThan(Date.now() + hours * HOUR_MS + 2000);
        const { expiration: _e, expires_at: _a, expires_in_days: _d, ...stays } = key;
        expect(body.key).toMatchObject(stays);
      }
    });

    test('changes all three at once', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id } = await w.create(own);
      const { body } = await w.ok(own, 'PATCH', `${KEYS}/${id}`, {
        metadata: { a: 1 },
        role_descriptors: READ_LOGS,
        expiration: '1h',
      });
      expect(body.key).toMatchObject({ metadata: { a: 1 }, restricted: true, expires_in_days: 1 });
    });

    test('says updated: false when nothing would change', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key } = await w.create(own, { metadata: { a: 1 }, role_descriptors: READ_LOGS });
      for (const body of [
        { metadata: { a: 1 } },
        { role_descriptors: READ_LOGS },
        { role_descriptors: key.role_descriptors, metadata: key.metadata },
      ]) {
        const answer = await w.ok(own, 'PATCH', `${KEYS}/${id}`, body);
        expect(answer.body).toEqual({ updated: false, key });
      }
    });

    test('{} as role descriptors needs allow_full_privileges', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id } = await w.create(own, { role_descriptors: NOTHING });
      expectRefusedAt(await patch(own, id, { role_descriptors: {} }), '/role_descriptors');
      expectRefusedAt(
        await patch(own, id, { role_descriptors: {}, allow_full_privileges: false }),
        '/role_descriptors',
      );
      expectRefusedAt(
        await patch(own, id, { role_descriptors: {}, allow_full_privileges: 'true' }),
        '/allow_full_privileges',
      );
      expect((await w.get(own, id)).restricted).toBe(true);
      const { body } = await w.ok(own, 'PATCH', `${KEYS}/${id}`, { role_descriptors: {}, allow_full_privileges: true });
      expect(body).toMatchObject({ updated: true, key: { restricted: false, role_descriptors: {} } });
    });

    test('what never changes, and what is unknown, is refused with its pointer; so is a body that changes nothing', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key } = await w.create(own);
      for (const field of ['name', 'type', 'id', 'username', 'realm']) {
        const answer = await patch(own, id, { metadata: {}, [field]: key[field] });
        expectRefusedAt(answer, `/${field}`);
        expect(answer.body.errors[0].code).toBe('field.immutable');
      }
      const unknown = await patch(own, id, { metadata: {}, metdata: {} });
      expectRefusedAt(unknown, '/metdata');
      expect(unknown.body.errors[0].code).toBe('field.unknown');
      for (const body of [{}, { allow_full_privileges: true }]) expectRefusedAt(await patch(own, id, body), '');
      for (const [field, value] of Object.entries({ metadata: null, role_descriptors: null, expiration: null }))
        expectRefusedAt(await patch(own, id, { [field]: value }), `/${field}`);
      expect(await w.get(own, id)).toEqual(key);
    });

    test('what a create refuses in metadata, expiration and role descriptors is refused here too', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, key } = await w.create(own, { metadata: { a: 1 }, role_descriptors: NOTHING });
      expectRefusedAt(await patch(own, id, { metadata: { _a: 1 } }), '/metadata/_a');
      expectRefusedAt(await patch(own, id, { metadata: { managed: true } }), '/metadata/managed');
      expectRefusedAt(await patch(own, id, { metadata: { a: 'x'.repeat(8193) } }), '/metadata/a');
      for (const expiration of ['500ms', '0s', '1y', new Date(0).toISOString(), '36526d'])
        expectRefusedAt(await patch(own, id, { expiration }), '/expiration');
      for (const role of [
        { cluster: ['no_such_privilege'] },
        { indices: [{ names: ['a'], privileges: [] }] },
        { unknown_field: 1 },
      ]) {
        expectRefusedAt(await patch(own, id, { role_descriptors: { a: role } }), '/role_descriptors');
      }
      expect(await w.get(own, id)).toEqual(key);
    });

    test('keeps the digits of long integers in metadata', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id } = await w.create(own);
      const { text } = await w.ok(own, 'PATCH', `${KEYS}/${id}`, '{"metadata":{"n":9223372036854775807}}');
      expect(text).toContain('"n":9223372036854775807');
      expect((await w.ok(own, 'GET', `${KEYS}/${id}`)).text).toContain('"n":9223372036854775807');
    });

    test('with If-Match changes only the state that it names', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, headers } = await w.create(own);
      const first = headers.get('etag') ?? '';
      const refused = await patch(own, id, { metadata: { a: 0 } }, { 'if-match': '"something-else"' });
      expectProblem(refused, 412, 'request.precondition-failed');
      expect(refused.headers.get('etag')).toBe(first);
      const changed = await patch(own, id, { metadata: { a: 1 } }, { 'if-match': first });
      const second = changed.headers.get('etag') ?? '';
      expect([changed.status, second === first]).toEqual([200, false]);
      expectProblem(
        await patch(own, id, { metadata: { a: 2 } }, { 'if-match': first }),
        412,
        'request.precondition-failed',
      );
      expect((await w.get(own, id)).metadata).toEqual({ a: 1 });
      expect((await patch(own, id, { metadata: { a: 3 } }, { 'if-match': `"x", ${second}` })).status).toBe(200);
      expect((await patch(own, id, { metadata: { a: 4 } }, { 'if-match': '*' })).status).toBe(200);
    });

    test('of two with the same If-Match at the same moment one is refused', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id, headers } = await w.create(own);
      const ifMatch = { 'if-match': headers.get('etag') ?? '' };
      const answers = await Promise.all([1, 2].map((a) => patch(own, id, { metadata: { a } }, ifMatch)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    });

    test('nobody but the owner can, whatever privileges he has; the answer names the owner', async () => {
      const { manageOwnApiKey: own, manageApiKey, manageSecurity, superuser, bearer } = w.callers;
      const { id, key } = await w.create(own);
      for (const caller of [manageApiKey, manageSecurity, superuser, bearer]) {
        const { owner } = expectProblem(await patch(caller, id, { metadata: { a: 1 } }), 403, 'key.not-owner');
        expect(owner).toEqual({ username: own.username, realm: own.realm });
      }
      expect(await w.get(own, id)).toEqual(key);
    });

    test("another's or an unknown key is 404 to a caller who sees only his own", async () => {
      const { manageOwnApiKey: own, secondManageOwnApiKey: other, superuser } = w.callers;
      const { id, key } = await w.create(own);
      expectProblem(await patch(other, id, { metadata: { a: 1 } }), 404, 'key.not-found');
      expectProblem(await patch(other, UNKNOWN_ID, { metadata: { a: 1 } }), 404, 'key.not-found');
      expectProblem(await patch(superuser, UNKNOWN_ID, { metadata: { a: 1 } }), 404, 'key.not-found');
      expect(await w.get(own, id)).toEqual(key);
    });

    test('a key that is invalidated or expired is 409, and stays so with a new expiration', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const [ended, expired] = await Promise.all([w.create(own), w.createExpired(own)]);
      await w.ok(own, 'DELETE', `${KEYS}/${ended.id}`);
      for (const body of [{ metadata: { a: 1 } }, { expiration: '1d' }]) {
        expectProblem(await patch(own, ended.id, body), 409, 'key.invalidated');
        expectProblem(await patch(own, expired.id, body), 409, 'key.expired');
      }
      expect(await w.authenticates(ended.encoded)).toBe(false);
      expect(await w.authenticates(expired.encoded)).toBe(false);
    });

    test('managed and cross-cluster keys are 409 with their place, and stay as they are', async () => {
      const { superuser } = w.callers;
      const [crossCluster, managed] = await Promise.all([w.createCrossCluster(), w.createManaged(superuser)]);
      const { see } = expectProblem(
        await patch(superuser, crossCluster, { metadata: { a: 1 } }),
        409,
        'key.wrong-type',
      );
      expect(see).toBe(`/v1/cross-cluster-keys/${crossCluster}`);
      for (const { id } of managed) {
        expect(
          expectProblem(await patch(superuser, id, { metadata: { managed: false } }), 409, 'key.managed').see,
        ).toBe(`/v1/managed-keys/${id}`);
      }
    });
  });
}
