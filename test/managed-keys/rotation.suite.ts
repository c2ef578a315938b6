import { setTimeout as sleep } from 'node:timers/promises';
import { must } from '../support/elasticsearch/http.ts';
import type { Answer } from '../support/service.js';
import { seenAlive, until } from '../support/wait.ts';
import { codeOf, KEYS, READER, type Fixture, type Made, type Who } from './fixture.ts';

const DAY_MS = 86_400_000;
/** An end that was given back is this near to the first one; the grace ended weeks before it. */
const NEAR_MS = 600_000;

/** @param clones whether this Elasticsearch can clone keys (9.4 and later). */
export function rotationSuite(fixture: () => Fixture, clones: boolean): void {
  const rotate = (who: Who, id: string, body: object = {}, headers?: Record<string, string>): Promise<Answer> =>
    fixture().send(who, 'POST', `${KEYS}/${id}/rotate`, { grace: '1h', reason: 'quarterly', ...body }, headers);
  const read = (who: Who, id: string, rotation: string): Promise<Answer> =>
    fixture().send(who, 'GET', `${KEYS}/${id}/rotations/${rotation}`);
  const end = (how: 'cancel' | 'finalize', who: Who, id: string, rotation: string): Promise<Answer> =>
    fixture().send(who, 'POST', `${KEYS}/${id}/rotations/${rotation}/${how}`, { reason: how });

  describe('rotation', () => {
    test('by the owner gives a like key, and lets the old one end after the grace', async () => {
      const f = fixture();
      const { manageOwnApiKey: owner } = f.callers;
      const old = await f.make(owner, { role_descriptors: READER, metadata: { env: 'prod' }, expiration: '30d' });
      const before = Date.now();
      const answer = await rotate(owner, old.id, { grace: '2h', formats: ['beats'] });
      const after = Date.now();
      expect(codeOf(answer)).toBe('201');
      const { rotation, key, secret, ceiling, grace_kept_by: keeper } = answer.body;
      expect(answer.headers.get('location')).toBe(`${KEYS}/${old.id}/rotations/${key.id}`);
      expect({ ...key, metadata: {} }).toMatchObject({
        name: old.key.name,
        type: 'managed',
        username: owner.username,
        role_descriptors: old.key.role_descriptors,
      });
      expect({ ...key.metadata, latchkey: undefined }).toEqual({ ...old.key.metadata, latchkey: undefined });
      expect(key.metadata.latchkey).toMatchObject({ replaces: old.id, way: 'owner' });
      expect(Math.abs(key.expiration - key.creation - 30 * DAY_MS)).toBeLessThan(2000);
      expect([ceiling, keeper]).toEqual(['same', 'elasticsearch']);
      expect(rotation).toMatchObject({
        id: key.id,
        state: 'grace',
        way: 'owner',
        old_key: { id: old.id, status: 'active' },
        new_key: { id: key.id, status: 'active' },
      });
      const { expiration, metadata } = await f.raw(old.id);
      expect(metadata).toEqual({ ...old.key.metadata, latchkey: { replaced_by: key.id } });
      // Whole seconds, counted from some moment of the call.
      expect(Number(expiration)).toBeGreaterThanOrEqual(before + 2 * 3_600_000 - 1000);
      expect(Number(expiration)).toBeLessThanOrEqual(after + 2 * 3_600_000);
      expect(await Promise.all([f.lives(old.encoded), f.lives(secret.encoded)])).toEqual([true, true]);
      expect((await read(owner, old.id, key.id)).body).toEqual(rotation);
      const again = await rotate(owner, old.id);
      expect(codeOf(again)).toBe('409 rotation.in-progress');
      expect(again.body.new_key_id).toBe(key.id);
    });

    test('never lets the old key live longer than it would have', async () => {
      const f = fixture();
      const { manageOwnApiKey: owner } = f.callers;
      const old = await f.make(owner, { expiration: '1h' });
      const { rotation } = (await rotate(owner, old.id, { grace: '30d' })).body;
      expect((await f.raw(old.id))['expiration']).toBe(old.key.expiration);
      expect(Date.parse(rotation.grace_ends_at)).toBe(old.key.expiration);
    });

    test('loses no request of a client that goes on with the old key and then with the new one', async () => {
      const f = fixture();
      const { manageOwnApiKey: owner } = f.callers;
      const old = await f.make(owner);
      let encoded = old.encoded;
      let running = true;
      const statuses: number[] = [];
      const hammer = async (): Promise<void> => {
        while (running)
          statuses.push(
            (await f.elasticsearch({ authorization: `ApiKey ${encoded}` }, 'GET', '/_security/_authenticate')).status,
          );
      };
      const clients = [hammer(), hammer(), hammer()];
      const someMore = (): Promise<void> => {
        const enough = statuses.length + 10;
        return until(() => statuses.length >= enough);
      };
      await someMore();
      const { body } = await rotate(owner, old.id, { grace: '1h' });
      await someMore();
      encoded = body.secret.encoded;
      await someMore();
      const done = await end('finalize', owner, old.id, body.key.id);
      await someMore();
      running = false;
      await Promise.all(clients);
      expect(done.body).toMatchObject({ state: 'finalized', old_key: { status: 'invalidated' } });
      expect(statuses.filter((status) => status !== 200)).toEqual([]);
      expect(await f.lives(old.encoded)).toBe(false);
    });

    test('ends the old key by itself when the grace is over', async () => {
      const f = fixture();
      const { manageOwnApiKey: owner } = f.callers;
      const { old, body } = await seenAlive(
        async (seconds) => {
          const old = await f.make(owner);
          return { old, body: (await rotate(owner, old.id, { grace: `${seconds}s` })).body };
        },
        ({ old }) => f.lives(old.encoded),
      );
      await until(async () => !(await f.lives(old.encoded)));
      expect((await read(owner, old.id, body.key.id)).body).toMatchObject({
        state: 'finalized',
        old_key: { status: 'expired' },
      });
    });

    test('is cancelled while the old key lives: the old one gets its end back, the new one ends', async () => {
      const f = fixture();
      const { manageOwnApiKey: owner } = f.callers;
      const old = await f.make(owner, { expiration: '20d' });
      const { body } = await rotate(owner, old.id, { grace: '1h' });
      const cancelled = await end('cancel', owner, old.id, body.key.id);
      expect(cancelled.body).toMatchObject({
        state: 'cancelled',
        old_key: { status: 'active' },
        new_key: { status: 'invalidated' },
      });
      const { expiration, metadata } = await f.raw(old.id);
      expect(metadata).toEqual(old.key.metadata);
      expect(old.key.expiration - Number(expiration)).toBeGreaterThanOrEqual(0);
      expect(old.key.expiration - Number(expiration)).toBeLessThan(NEAR_MS);
      expect(await Promise.all([f.lives(old.encoded), f.lives(body.secret.encoded)])).toEqual([true, false]);
      expect((await end('cancel', owner, old.id, body.key.id)).body.state).toBe('cancelled');
      expect(codeOf(await end('finalize', owner, old.id, body.key.id))).toBe('409 rotation.not-ready');
      expect(codeOf(await rotate(owner, old.id))).toBe('201');
    });

    test('whose new key was invalidated without a cancel is abandoned, not cancelled, until cancel gives the old key its end back', async () => {
      const f = fixture();
      const { manageOwnApiKey: owner } = f.callers;
      const old = await f.make(owner, { expiration: '20d' });
      const { body } = await rotate(owner, old.id);
      await must(f.es, 'DELETE', '/_security/api_key', { ids: [body.key.id], owner: true }, owner.authorization);
      expect((await read(owner, old.id, body.key.id)).body.state).toBe('abandoned');
      expect((await end('cancel', owner, old.id, body.key.id)).body.state).toBe('cancelled');
      expect(old.key.expiration - Number((await f.raw(old.id))['expiration'])).toBeLessThan(NEAR_MS);
      await rotate(owner, old.id);
      expect((await read(owner, old.id, body.key.id)).body.state).toBe('cancelled');
    });

    test('cannot be cancelled once the old key has ended, and the new key stays', async () => {
      const f = fixture();
      const { manageOwnApiKey: owner } = f.callers;
      const old = await f.make(owner);
      const { body } = await rotate(owner, old.id);
      await end('finalize', owner, old.id, body.key.id);
      expect(codeOf(await end('cancel', owner, old.id, body.key.id))).toBe('409 rotation.not-ready');
      expect(await f.lives(body.secret.encoded)).toBe(true);
      expect(codeOf(await rotate(owner, old.id))).toBe('409 key.invalidated');
    });

    test('with the same Idempotency-Key a second call, at another replica, goes on and makes no second key', async () => {
      const f = fixture();
      const { manageOwnApiKey: owner } = f.callers;
      const old = await f.make(owner, { expiration: '20d' });
      const headers = { 'idempotency-key': `rotate-${f.run}-00000001` };
      const first = await rotate(owner, old.id, { grace: '1h' }, headers);
      // As if the first call had died between its two steps.
      await must(f.es, 'PUT', `/_security/api_key/${old.id}`, { expiration: '19d' }, owner.authorization);
      expect((await read(owner, old.id, first.body.key.id)).body.state).toBe('incomplete');
      const replica = await f.start({ LATCHKEY_INVALIDATION_SETTLE_MS: '0' });
      try {
        const second = await f.send(
          owner,
          'POST',
          `${KEYS}/${old.id}/rotate`,
          { grace: '1h', reason: 'again' },
          headers,
          replica,
        );
        expect([codeOf(second), second.body.secret, second.body.key.id, second.body.rotation.state]).toEqual([
          '200',
          null,
          first.body.key.id,
          'grace',
        ]);
        const other = await f.send(
          owner,
          'POST',
          `${KEYS}/${old.id}/rotate`,
          { grace: '2h', reason: 'again' },
          headers,
          replica,
        );
        expect(codeOf(other)).toBe('422 request.idempotency-mismatch');
      } finally {
        await replica.stop();
      }
      expect(await f.lives(first.body.secret.encoded)).toBe(true);
    });

    test('with the same Idempotency-Key and a grace until an instant goes on, however much later, and refuses another instant', async () => {
      const f = fixture();
      const { manageOwnApiKey: owner } = f.callers;
      const old = await f.make(owner);
      const headers = { 'idempotency-key': `rotate-${f.run}-00000002` };
      const at = Date.now() + 3_600_000;
      const grace = new Date(at).toISOString();
      const first = await rotate(owner, old.id, { grace }, headers);
      expect([first.body.rotation.state, first.body.rotation.grace_ends_at]).toEqual(['grace', grace]);
      await sleep(1100);
      expect(codeOf(await rotate(owner, old.id, { grace: grace.replace('Z', '+00:00') }, headers))).toBe('200');
      expect(codeOf(await rotate(owner, old.id, { grace: new Date(at + 5000).toISOString() }, headers))).toBe(
        '422 request.idempotency-mismatch',
      );
    });

    test('says how the rights of the owner differ from those that capped the old key', async () => {
      const f = fixture();
      const logs = { names: ['logs-*'], privileges: ['read'] };
      const owner = await f.makeUser(f.name('owner'), ['manage_own_api_key']);
      const old = await f.make(owner);
      await f.makeUser(owner.username, ['manage_own_api_key', 'monitor'], undefined, [
        logs,
        { names: ['orders'], privileges: ['write'] },
      ]);
      const wider = (await rotate(owner, old.id)).body;
      expect(wider.ceiling).toBe('wider');
      await f.makeUser(owner.username, ['manage_own_api_key'], undefined, [{ ...logs, names: ['logs-*'] }]);
      const narrower = (await rotate(owner, wider.key.id)).body;
      expect(narrower.ceiling).toBe('narrower');
      await f.makeUser(owner.username, ['manage_own_api_key', 'monitor'], undefined, [
        { names: ['metrics'], privileges: ['read'] },
      ]);
      expect((await rotate(owner, narrower.key.id)).body.ceiling).toBe('different');
    });

    test.each(['manageApiKey', 'superuser'] as const)(
      'by %s, who is not the owner, is refused and names the owner',
      async (name) => {
        const f = fixture();
        const old = await f.make(f.callers.manageOwnApiKey);
        const answer = await rotate(f.callers[name], old.id);
        expect(codeOf(answer)).toBe('409 rotation.owner-required');
        expect(answer.body.owner).toEqual({
          username: f.callers.manageOwnApiKey.username,
          realm: f.callers.manageOwnApiKey.realm,
        });
        expect((await f.raw(old.id))['expiration']).toBeUndefined();
      },
    );

    test('of a key of the service is open to a holder of manage_security and closed to one of manage_api_key', async () => {
      const f = fixture();
      const old = await f.make(f.callers.manageSecurity, { as: 'service', role_descriptors: READER });
      expect(codeOf(await rotate(f.callers.manageApiKey, old.id))).toBe('409 rotation.owner-required');
      const rotated = await rotate(f.callers.manageSecurity, old.id);
      expect(rotated.body).toMatchObject({
        rotation: { way: 'service', state: 'grace' },
        key: { username: f.serviceUsername },
        ceiling: 'same',
        grace_kept_by: 'elasticsearch',
      });
      expect((await end('cancel', f.callers.manageSecurity, old.id, rotated.body.key.id)).body.state).toBe('cancelled');
      expect(await f.lives(old.encoded)).toBe(true);
    });

    test('by a caller of its template gives no right and no day beyond the template, whatever a manager made of the old key', async () => {
      const f = fixture();
      const { manageOwnApiKey: caller, manageSecurity: manager } = f.callers;
      const old = await f.make(caller, { template: f.template, name: f.template });
      const wide = { wide: { cluster: ['all'] } };
      expect(
        codeOf(
          await f.send(manager, 'PATCH', `${KEYS}/${old.id}`, {
            confirm: f.template,
            reason: 'more',
            role_descriptors: wide,
            expiration: '90d',
          }),
        ),
      ).toBe('200');
      const tooLong = await rotate(caller, old.id, { expiration: '36500d' });
      expect([codeOf(tooLong), tooLong.body.errors?.[0].code]).toEqual(['400 request.invalid', 'expiration.too-far']);
      const { key } = (await rotate(caller, old.id)).body;
      expect(key.role_descriptors).toEqual(old.key.role_descriptors);
      expect(key.expiration - key.creation).toBeLessThanOrEqual(2 * DAY_MS);
    });

    test('an API key rotates nothing of its user, and gets no right that it has not', async () => {
      const f = fixture();
      const old = await f.make(f.callers.manageApiKey);
      expect(codeOf(await rotate(f.callers.apiKey, old.id))).toBe('409 rotation.owner-required');
    });

    test('a key that names another in its metadata does not stand in the way of its rotation, nor counts as one', async () => {
      const f = fixture();
      const { manageOwnApiKey: owner, secondManageOwnApiKey: stranger } = f.callers;
      const old = await f.make(owner);
      const planted = await f.makeDirectly(
        {
          name: 'planted',
          metadata: {
            managed: true,
            latchkey: { replaces: old.id, rotation_started: 1, grace_until: 2, way: 'clone' },
          },
        },
        stranger,
      );
      expect(codeOf(await read(f.callers.manageApiKey, old.id, planted.id))).toBe('404 rotation.unknown');
      expect(codeOf(await end('finalize', f.callers.manageApiKey, old.id, planted.id))).toBe('404 rotation.unknown');
      expect(codeOf(await rotate(owner, old.id))).toBe('201');
      await sleep(1000);
      expect(await f.lives(old.encoded)).toBe(true);
    });

    test.each([
      ['no grace', { grace: undefined }, '/grace'],
      ['a grace that is no time', { grace: 'soon' }, '/grace'],
      ['no reason', { reason: undefined }, '/reason'],
      ['the secret of another key', { encoded: Buffer.from('other:secret').toString('base64') }, '/encoded'],
    ])('refuses %s and leaves the key as it is', async (_what, body, pointer) => {
      const f = fixture();
      const old = await f.make(f.callers.manageOwnApiKey);
      const answer = await rotate(f.callers.manageApiKey, old.id, body);
      expect(codeOf(answer)).toBe('400 request.invalid');
      expect(answer.body.errors[0].pointer).toBe(pointer);
    });

    if (clones) cloneTests(fixture, rotate, read, end);
    else {
      test('by a holder of the secret needs 9.4, and says so', async () => {
        const f = fixture();
        const old = await f.make(f.callers.manageOwnApiKey);
        const answer = await rotate(f.callers.manageApiKey, old.id, { encoded: old.encoded });
        expect(codeOf(answer)).toBe('409 rotation.owner-required');
        expect(answer.body.detail).toContain('9.4');
      });
    }
  });
}

type Rotate = (who: Who, id: string, body?: object, headers?: Record<string, string>) => Promise<Answer>;
type Read = (who: Who, id: string, rotation: string) => Promise<Answer>;
type End = (how: 'cancel' | 'finalize', who: Who, id: string, rotation: string) => Promise<Answer>;

function cloneTests(fixture: () => Fixture, rotate: Rotate, read: Read, end: End): void {
  const owned = (): Promise<Made> => fixture().make(fixture().callers.manageOwnApiKey, { role_descriptors: READER });

  test('by a holder of the secret keeps owner and ceiling, and the service ends the old key when the grace is over', async () => {
    const f = fixture();
    const { manageApiKey: holder, manageOwnApiKey: owner } = f.callers;
    const { old, answer } = await seenAlive(
      async (seconds) => {
        const old = await owned();
        return { old, answer: await rotate(holder, old.id, { grace: `${seconds}s`, encoded: old.encoded }) };
      },
      ({ old, answer }) => answer.body.rotation.state === 'grace' && f.lives(old.encoded),
    );
    expect(answer.body).toMatchObject({
      rotation: { way: 'clone', state: 'grace' },
      key: { username: owner.username, name: old.key.name },
      ceiling: 'same',
      grace_kept_by: 'service',
    });
    expect((await f.raw(answer.body.key.id))['limited_by']).toEqual((await f.raw(old.id))['limited_by']);
    expect(f.latchkey.lines.join('')).not.toContain(old.encoded);
    await until(async () => !(await f.lives(old.encoded)));
    expect(await f.lives(answer.body.secret.encoded)).toBe(true);
    await until(async () => (await read(holder, old.id, answer.body.key.id)).body.state === 'finalized');
  });

  test('by a holder of the secret is cancelled: the old key lives on after the grace', async () => {
    const f = fixture();
    const { manageApiKey: holder } = f.callers;
    const { old, graceEnds } = await seenAlive(
      async (seconds) => {
        const old = await owned();
        const { body } = await rotate(holder, old.id, { grace: `${seconds}s`, encoded: old.encoded });
        const { state } = (await end('cancel', holder, old.id, body.key.id)).body;
        return { old, state, graceEnds: Date.parse(body.rotation.grace_ends_at) };
      },
      ({ state }) => state === 'cancelled',
    );
    await until(() => Date.now() > graceEnds);
    // Some sweeps of the service.
    await sleep(1500);
    expect(await f.lives(old.encoded)).toBe(true);
  });

  test('by a holder of the secret without a service says that nobody keeps the grace, and shows the rotation as overdue', async () => {
    const f = fixture();
    const { manageApiKey: holder } = f.callers;
    const bare = await f.start({
      ELASTICSEARCH_SERVICE_USERNAME: '',
      ELASTICSEARCH_SERVICE_PASSWORD: '',
      LATCHKEY_INVALIDATION_SETTLE_MS: '0',
    });
    try {
      const { old, body } = await seenAlive(
        async (seconds) => {
          const old = await owned();
          const rotation = { grace: `${seconds}s`, reason: 'x', encoded: old.encoded };
          return { old, ...(await f.send(holder, 'POST', `${KEYS}/${old.id}/rotate`, rotation, {}, bare)) };
        },
        ({ body }) => body.rotation.state === 'grace',
      );
      expect(body.grace_kept_by).toBe('nobody');
      await until(async () => (await read(holder, old.id, body.key.id)).body.state === 'overdue');
      expect(await f.lives(old.encoded)).toBe(true);
      expect((await end('finalize', holder, old.id, body.key.id)).body.state).toBe('finalized');
      expect(await f.lives(old.encoded)).toBe(false);
    } finally {
      await bare.stop();
    }
  });

  test('is refused to whoever has a wrong or dead secret, or may not clone', async () => {
    const f = fixture();
    const { manageApiKey: holder } = f.callers;
    const old = await owned();
    const wrong = Buffer.from(`${old.id}:notthesecret`).toString('base64');
    const refused = await rotate(holder, old.id, { encoded: wrong });
    expect([codeOf(refused), refused.body.errors[0].pointer]).toEqual(['400 request.invalid', '/encoded']);
    expect(refused.text).not.toContain(wrong);
    const seer = await f.makeUser(f.name('seer'), ['read_security', 'manage_own_api_key']);
    expect(codeOf(await rotate(seer, old.id, { encoded: old.encoded }))).toBe('403 privilege.missing');
    expect((await f.raw(old.id))['expiration']).toBeUndefined();
  });
}
