import { createDirectly, LOGS, type Fixture } from './fixture.ts';
import { expectProblem, KEYS, type Answer, type Latchkey } from './latchkey.ts';

/** @param identity whether the node knows certificate identities. */
export function rotationSuite(fixture: () => Fixture, identity: boolean): void {
  const send = (
    method: string,
    path: string,
    body?: unknown,
    through: Latchkey = fixture().latchkey,
  ): Promise<Answer> => through.send(fixture().callers.manageSecurity, method, `${KEYS}/${path}`, body);
  const rotate = (id: string, body?: unknown): Promise<Answer> => send('POST', `${id}/rotate`, body);
  const finalize = (id: string, newKeyId?: string, through?: Latchkey): Promise<Answer> =>
    send('POST', `${id}/finalize`, newKeyId === undefined ? undefined : { new_key_id: newKeyId }, through);

  describe('rotation', () => {
    test('makes a successor that is like the old key, which lives until another replica finalizes', async () => {
      const { create, second, status } = fixture();
      const access = {
        search: [{ names: ['logs-*'], query: { term: { team: 'a' } }, field_security: { grant: ['a'] } }],
      };
      const old = (
        await create({
          name: 'turning',
          expiration: '30d',
          metadata: { team: 'search' },
          access,
          ...(identity && { certificate_identity: 'CN=a.*' }),
        })
      ).body;
      const rotated = await rotate(old.key.id, { alias: 'alpha', formats: ['beats'] });
      expect(rotated.status).toBe(201);
      const { key, secret, replaces, connect, finalize: next } = rotated.body;
      expect(rotated.headers.get('location')).toBe(`${KEYS}/${key.id}`);
      expect(replaces).toBe(old.key.id);
      expect(next).toBe(`POST ${KEYS}/${old.key.id}/finalize`);
      expect({ ...key, metadata: {} }).toMatchObject({
        name: 'turning',
        status: 'active',
        access: old.key.access,
        access_summary: old.key.access_summary,
        username: old.key.username,
      });
      expect(key.certificate_identity).toBe(old.key.certificate_identity);
      // Whole seconds, never more than the old key was given.
      const shorter = 30 * 86_400_000 - (key.expiration - key.creation);
      expect(shorter).toBeGreaterThanOrEqual(0);
      expect(shorter).toBeLessThan(2000); // the sandbox reads its clock twice
      expect(key.metadata).toEqual({
        team: 'search',
        latchkey: { replaces: old.key.id, rotation_started: expect.any(Number) },
      });
      expect(secret.beats).toBe(`${key.id}:${secret.api_key}`);
      expect(secret.encoded).not.toBe(old.secret.encoded);
      expect(connect).toMatchObject({ key_id: key.id, alias: 'alpha' });
      expect(connect.steps[0].command).toContain(secret.encoded);
      expect(await status(old.key.id)).toBe('active');

      const again = await rotate(old.key.id);
      expectProblem(again, 409, 'rotation.in-progress');
      expect(again.body.new_key_id).toBe(key.id);

      const wrongWay = await finalize(key.id);
      expectProblem(wrongWay, 409, 'rotation.not-found');
      expect(wrongWay.body.detail).toContain(old.key.id);

      expect((await finalize(old.key.id, undefined, second)).body).toEqual({
        invalidated: old.key.id,
        new_key_id: key.id,
      });
      expect(await Promise.all([status(old.key.id), status(key.id)])).toEqual(['invalidated', 'active']);
      expect((await finalize(old.key.id)).status).toBe(200);
      expectProblem(await rotate(old.key.id), 409, 'key.invalidated');

      const third = await rotate(key.id, { expiration: '5d' });
      expect(third.body.key).toMatchObject({ expires_in_days: 5 });
      expect(third.body.key.metadata).toEqual({
        team: 'search',
        latchkey: { replaces: key.id, rotation_started: expect.any(Number) },
      });
    });

    test('is finalized only with a key that was made for it', async () => {
      const { make, status } = fixture();
      const [old, stranger] = await Promise.all([make(), make()]);
      expectProblem(await finalize(old), 409, 'rotation.not-found');
      const { key } = (await rotate(old)).body;
      expectProblem(await finalize(old, stranger), 409, 'rotation.not-found');
      expectProblem(await finalize(old, old), 409, 'rotation.not-found');
      expectProblem(await finalize(old, 'nosuchkeynosuchkey00'), 422, 'rotation.no-such-successor', '/new_key_id');
      expectProblem(await finalize('nosuchkeynosuchkey00', key.id), 404, 'key.not-found');
      expectProblem(await finalize(old, 'a!b'), 400, 'request.invalid', '/new_key_id');
      expect(await status(old)).toBe('active');
      expect((await finalize(old, key.id)).body).toEqual({ invalidated: old, new_key_id: key.id });
      expect(await status(old)).toBe('invalidated');
    });

    test('is not finalized when the successor is dead, and can be begun anew', async () => {
      const { make, status } = fixture();
      const old = await make();
      const { key } = (await rotate(old)).body;
      expect((await send('DELETE', key.id)).status).toBe(204);
      expectProblem(await finalize(old, key.id), 409, 'rotation.not-ready');
      expectProblem(await finalize(old), 409, 'rotation.not-found');
      expect(await status(old)).toBe('active');
      const again = await rotate(old);
      expect(again.status).toBe(201);
      expect((await finalize(old)).body).toEqual({ invalidated: old, new_key_id: again.body.key.id });
    });

    test('with two successors is finalized only when it is said which', async () => {
      const { make, es, callers, status } = fixture();
      const old = await make();
      const rotated = await rotate(old);
      const byAnotherReplica = await createDirectly(
        es,
        { name: 'twin', access: LOGS, metadata: { latchkey: { replaces: old } } },
        callers.manageSecurity.authorization,
      );
      const answer = await finalize(old);
      expectProblem(answer, 409, 'rotation.not-ready');
      expect(answer.body.new_key_ids.toSorted()).toEqual([rotated.body.key.id, byAnotherReplica.id].toSorted());
      expect(await status(old)).toBe('active');
      expect((await finalize(old, byAnotherReplica.id)).status).toBe(200);
    });

    test('keeps its mark in the metadata whatever the caller sends', async () => {
      const { make, callers, latchkey } = fixture();
      const old = await make({ metadata: { team: 'a' } });
      const { key } = (await rotate(old)).body;
      const mark = key.metadata.latchkey;
      const patch = (metadata: unknown): Promise<Answer> =>
        latchkey.send(callers.manageSecurity, 'PATCH', `${KEYS}/${key.id}`, { metadata });
      expectProblem(await patch({ latchkey: { replaces: 'other' } }), 400, 'request.invalid', '/metadata/latchkey');
      expect((await patch({ team: 'b' })).body.key.metadata).toEqual({ team: 'b', latchkey: mark });
      expect((await patch({ team: 'c', latchkey: mark })).body.key.metadata).toEqual({ team: 'c', latchkey: mark });
      expect((await patch({})).body.key.metadata).toEqual({ latchkey: mark });
    });

    test('by another holder of manage_security makes a successor that belongs to that one', async () => {
      const { make, latchkey, otherManager } = fixture();
      const old = await make();
      const rotated = await latchkey.send(otherManager, 'POST', `${KEYS}/${old}/rotate`);
      expect(rotated.status).toBe(201);
      expect(rotated.body.key.username).toBe(otherManager.username);
    });
  });
}
