import { setTimeout as pause } from 'node:timers/promises';
import { LOGS, type Fixture } from './fixture.ts';
import { expectProblem, KEYS, type Answer } from './latchkey.ts';

const EXPIRY_MS = 1200;
const UNKNOWN = 'nosuchkeynosuchkey00';

/** @param identity whether the node knows certificate identities. */
export function updateSuite(fixture: () => Fixture, identity: boolean): void {
  const patch = (
    id: string,
    body: unknown,
    who: { authorization: string } = fixture().callers.manageSecurity,
    headers: Record<string, string> = {},
  ): Promise<Answer> => fixture().latchkey.send(who, 'PATCH', `${KEYS}/${id}`, body, headers);

  describe('update', () => {
    let keys: Record<
      'access' | 'metadata' | 'expiration' | 'fixed' | 'matched' | 'ended' | 'expired' | 'foreign',
      string
    >;
    beforeAll(async () => {
      const { make, latchkey, callers } = fixture();
      const names = ['access', 'metadata', 'expiration', 'fixed', 'matched', 'ended', 'expired', 'foreign'];
      const ids = await Promise.all(
        names.map((name) =>
          make({ name: `update-${name}`, metadata: { team: 'a' }, expiration: name === 'expired' ? '1s' : '30d' }),
        ),
      );
      keys = Object.fromEntries(names.map((name, index) => [name, ids[index]])) as typeof keys;
      await Promise.all([pause(EXPIRY_MS), latchkey.send(callers.manageSecurity, 'DELETE', `${KEYS}/${keys.ended}`)]);
    });

    test('of access replaces it and leaves the rest; the same access again changes nothing', async () => {
      const access = { search: [{ names: ['metrics'], field_security: { grant: ['a', 'b'] } }] };
      const changed = await patch(keys.access, { access });
      expect(changed.status).toBe(200);
      expect(changed.body).toMatchObject({
        updated: true,
        key: {
          metadata: { team: 'a' },
          expires_in_days: 30,
          access_summary: 'May search metrics (only the fields a, b).',
        },
      });
      const again = await patch(keys.access, { access });
      expect(again.body).toEqual({ updated: false, key: changed.body.key });
      const readBack = await patch(keys.access, { access: changed.body.key.access });
      expect(readBack.body.updated).toBe(false);
    });

    test('of metadata replaces them and leaves the rest', async () => {
      const { body } = await patch(keys.metadata, { metadata: { owner: 'b' } });
      expect(body).toMatchObject({ updated: true, key: { access_summary: 'May search logs-*.', expires_in_days: 30 } });
      expect(body.key.metadata).toEqual({ owner: 'b' });
    });

    test('of the expiration alone leaves the rest', async () => {
      const { body } = await patch(keys.expiration, { expiration: '60d' });
      expect(body).toMatchObject({
        updated: true,
        key: { expires_in_days: 60, metadata: { team: 'a' }, access_summary: 'May search logs-*.' },
      });
    });

    test.each([
      ['name', { name: 'other' }, '/name'],
      ['type', { type: 'rest' }, '/type'],
      ['owner', { username: 'me' }, '/username'],
    ])('of the %s is refused: it never changes', async (_what, body, pointer) => {
      const answer = await patch(keys.fixed, body);
      expectProblem(answer, 400, 'request.invalid', pointer);
      expect(answer.body.errors[0].code).toBe('field.immutable');
    });

    test('of nothing, and of access that is not valid, is refused', async () => {
      expectProblem(await patch(keys.fixed, {}), 400, 'request.invalid', '');
      expectProblem(
        await patch(keys.fixed, { access: { search: [{ names: [] }] } }),
        400,
        'request.invalid',
        '/access/search/0/names',
      );
    });

    test('is made only for the state that If-Match names', async () => {
      const stale = await patch(keys.matched, { metadata: { x: 1 } }, undefined, { 'if-match': '"stale"' });
      expectProblem(stale, 412, 'request.precondition-failed');
      const etag = stale.headers.get('etag') ?? '';
      const changed = await patch(keys.matched, { metadata: { x: 1 } }, undefined, { 'if-match': etag });
      expect(changed.body.updated).toBe(true);
      expect(changed.headers.get('etag')).not.toBe(etag);
    });

    test('of a dead key says how it died', async () => {
      expectProblem(await patch(keys.ended, { metadata: {} }), 409, 'key.invalidated');
      expectProblem(await patch(keys.expired, { metadata: {} }), 409, 'key.expired');
    });

    test('by another holder of manage_security is refused with the name of the owner', async () => {
      const { otherManager, callers } = fixture();
      const answer = await patch(keys.foreign, { access: { search: [{ names: ['*'] }] } }, otherManager);
      expectProblem(answer, 403, 'key.not-owner');
      expect(answer.body.owner).toEqual({
        username: callers.manageSecurity.username,
        realm: callers.manageSecurity.realm,
      });
    });
  });

  describe('certificate identity', () => {
    if (identity) {
      test('is set, changed, taken away, and kept by other updates', async () => {
        const created = await fixture().create({ certificate_identity: 'CN=a,O=Org' });
        const { id, certificate_identity } = created.body.key;
        expect(certificate_identity).toBe('CN=a,O=Org');
        const steps = (await fixture().latchkey.send(fixture().callers.manageSecurity, 'GET', `${KEYS}/${id}/connect`))
          .body.steps as Array<{ title: string; note: string }>;
        expect(steps.find(({ title }) => title === 'Sign the requests')?.note).toContain('"CN=a,O=Org"');
        expect((await patch(id, { expiration: '10d' })).body.key.certificate_identity).toBe('CN=a,O=Org');
        expect((await patch(id, { certificate_identity: 'CN=b.*' })).body).toMatchObject({
          updated: true,
          key: { certificate_identity: 'CN=b.*', metadata: {} },
        });
        const cleared = await patch(id, { certificate_identity: null });
        expect(cleared.body.updated).toBe(true);
        expect(cleared.body.key).not.toHaveProperty('certificate_identity');
      });

      test('"" locks the key out, so it is taken only when that is said', async () => {
        const id = await fixture().make();
        const refused = await patch(id, { certificate_identity: '' });
        expectProblem(refused, 400, 'request.invalid', '/certificate_identity');
        expect(refused.body.errors[0].code).toBe('certificate_identity.lockout');
        expectProblem(
          await patch(id, { certificate_identity: '', allow_lockout: false }),
          400,
          'request.invalid',
          '/certificate_identity',
        );
        const meant = await patch(id, { certificate_identity: '', allow_lockout: true });
        expect(meant.body).toMatchObject({ updated: true, key: { certificate_identity: '' } });
        expect((await fixture().create({ certificate_identity: '', allow_lockout: true })).status).toBe(201);
      });

      test('that is no regular expression is refused at its place', async () => {
        const id = await fixture().make();
        expectProblem(
          await patch(id, { certificate_identity: '(unclosed' }),
          400,
          'request.invalid',
          '/certificate_identity',
        );
        expectProblem(
          await fixture().create({ certificate_identity: '[' }),
          400,
          'request.invalid',
          '/certificate_identity',
        );
      });
    } else {
      test.each([
        ['set', 'CN=a'],
        ['taken away', null],
      ])('%s on this version is refused with the version that is needed', async (_what, value) => {
        const id = await fixture().make();
        const answer = await patch(id, { certificate_identity: value });
        expectProblem(answer, 501, 'feature.not-available', '/certificate_identity');
        expect(answer.body.detail).toContain('9.3');
      });

      test('in a create on this version is refused with the version that is needed, and no key is made', async () => {
        const answer = await fixture().create({ name: 'no-identity-here', certificate_identity: 'CN=a' });
        expectProblem(answer, 501, 'feature.not-available', '/certificate_identity');
        expect(answer.body.detail).toContain('9.3');
        const { latchkey, callers } = fixture();
        expect((await latchkey.send(callers.manageSecurity, 'GET', `${KEYS}?name=no-identity-here`)).body.total).toBe(
          0,
        );
      });
    }
  });

  describe('invalidate', () => {
    test('one: final, and the second time no error', async () => {
      const { make, latchkey, callers, status } = fixture();
      const id = await make();
      expect((await latchkey.send(callers.manageSecurity, 'DELETE', `${KEYS}/${id}`)).status).toBe(204);
      expect(await status(id)).toBe('invalidated');
      expect((await latchkey.send(callers.manageSecurity, 'DELETE', `${KEYS}/${id}`)).status).toBe(204);
    });

    test('many: each id has its own outcome, whoever made the key, and keys of other types live on', async () => {
      const { make, makeUserKey, makeManagedKey, latchkey, callers, otherManager, status } = fixture();
      const [mine, foreign, dead, userKey, managed] = await Promise.all([
        make(),
        make({}, otherManager),
        make(),
        makeUserKey({ name: 'not-cross-cluster' }),
        makeManagedKey(),
      ]);
      const invalidate = (ids: string[]): Promise<Answer> =>
        latchkey.send(callers.manageSecurity, 'POST', `${KEYS}/_invalidate`, { ids });
      expect((await invalidate([dead])).body.invalidated).toEqual([dead]);
      const { body } = await invalidate([mine, foreign, dead, userKey, managed, UNKNOWN]);
      expect(body.invalidated.toSorted()).toEqual([mine, foreign].toSorted());
      expect(body.previously_invalidated).toEqual([dead]);
      expect(body.errors.map(({ id, code }: { id: string; code: string }) => [id, code])).toEqual([
        [userKey, 'key.wrong-type'],
        [managed, 'key.managed'],
        [UNKNOWN, 'key.not-found'],
      ]);
      expect(await Promise.all([status(mine), status(foreign)])).toEqual(['invalidated', 'invalidated']);
      expect((await latchkey.send(callers.manageSecurity, 'GET', `/v1/user-keys/${userKey}`)).body.status).toBe(
        'active',
      );
      expectProblem(await invalidate([]), 400, 'request.invalid', '/ids');
    });
  });

  describe('ids', () => {
    const calls = (id: string, access: unknown = LOGS): Array<[method: string, path: string, body?: unknown]> => [
      ['GET', `/${id}`],
      ['PATCH', `/${id}`, { access }],
      ['DELETE', `/${id}`],
      ['GET', `/${id}/connect`],
      ['POST', `/${id}/rotate`],
      ['POST', `/${id}/finalize`],
    ];
    const sendAll = (id: string): Promise<Answer[]> =>
      Promise.all(
        calls(id).map(([method, path, body]) =>
          fixture().latchkey.send(fixture().callers.manageSecurity, method, `${KEYS}${path}`, body),
        ),
      );

    test('that are unknown are answered so, and malformed ones are refused', async () => {
      for (const answer of await sendAll(UNKNOWN)) expectProblem(answer, 404, 'key.not-found');
      for (const answer of await sendAll('a!b')) expectProblem(answer, 400, 'request.invalid', 'path:id');
    });

    test('of a user key are sent to its route, and of a managed key to the managed keys', async () => {
      const { makeUserKey, makeManagedKey, latchkey, callers } = fixture();
      const [userKey, managed] = await Promise.all([makeUserKey({ name: 'mine' }), makeManagedKey()]);
      for (const answer of await sendAll(userKey)) {
        expectProblem(answer, 409, 'key.wrong-type');
        expect(answer.body.see).toBe(`/v1/user-keys/${userKey}`);
      }
      for (const answer of await sendAll(managed)) expectProblem(answer, 409, 'key.managed');
      expect((await latchkey.send(callers.manageSecurity, 'GET', `/v1/user-keys/${userKey}`)).body.status).toBe(
        'active',
      );
    });

    test('of a cross-cluster key among user keys are sent to its route, and the key lives on', async () => {
      const { make, latchkey, callers, status } = fixture();
      const id = await make();
      const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
        latchkey.send(callers.manageSecurity, method, `/v1/user-keys${path}`, body);
      for (const answer of await Promise.all([
        send('GET', `/${id}`),
        send('PATCH', `/${id}`, { metadata: {} }),
        send('DELETE', `/${id}`),
      ])) {
        expectProblem(answer, 409, 'key.wrong-type');
        expect(answer.body.see).toBe(`${KEYS}/${id}`);
      }
      const many = await send('POST', '/_invalidate', { ids: [id] });
      expect(many.body).toMatchObject({ invalidated: [], errors: [{ id, code: 'key.wrong-type' }] });
      expect(await status(id)).toBe('active');
    });
  });
}
