import { expectProblem, expectRefusedAt, KEYS, UNKNOWN_ID, type World } from '../world.js';

export function getCases(w: World): void {
  describe('get', () => {
    test('limited_by is answered on request only, and holds the rights of the owner', async () => {
      const { manageOwnApiKey: own } = w.callers;
      const { id } = await w.create(own);
      expect(await w.get(own, id)).not.toHaveProperty('limited_by');
      expect((await w.ok(own, 'GET', `${KEYS}/${id}?with_limited_by=false`)).body).not.toHaveProperty('limited_by');
      const { body } = await w.ok(own, 'GET', `${KEYS}/${id}?with_limited_by=true`);
      expect(body.limited_by).toHaveLength(1);
      const [role] = Object.values<{ cluster: string[]; indices: Array<{ names: string[] }> }>(body.limited_by[0]);
      expect(role?.cluster).toEqual(['manage_own_api_key']);
      expect(role?.indices[0]?.names).toEqual(['logs-*']);
      for (const value of ['', 'yes', 'TRUE', '1'])
        expectRefusedAt(await w.send(own, 'GET', `${KEYS}/${id}?with_limited_by=${value}`), 'query:with_limited_by');
    });

    test("another user's key is not to be told from one that does not exist", async () => {
      const { manageOwnApiKey: own, secondManageOwnApiKey: other } = w.callers;
      const { id } = await w.create(other);
      const [foreign, unknown] = await Promise.all([
        w.send(own, 'GET', `${KEYS}/${id}`),
        w.send(own, 'GET', `${KEYS}/${UNKNOWN_ID}`),
      ]);
      const bodies = [expectProblem(foreign, 404, 'key.not-found'), expectProblem(unknown, 404, 'key.not-found')];
      const [first, second] = bodies.map(({ request_id: _, ...rest }) => rest);
      expect(first).toEqual(second);
    });

    test('who may see all keys reads those of others', async () => {
      const { manageOwnApiKey: own, manageApiKey, readSecurity, manageSecurity, superuser, bearer } = w.callers;
      const { id, key } = await w.create(own);
      for (const caller of [manageApiKey, readSecurity, manageSecurity, superuser, bearer])
        expect(await w.get(caller, id)).toEqual(key);
    });

    test('a cross-cluster key is 409 and says where it is', async () => {
      const id = await w.createCrossCluster();
      const { see } = expectProblem(await w.send(w.callers.superuser, 'GET', `${KEYS}/${id}`), 409, 'key.wrong-type');
      expect(see).toBe(`/v1/cross-cluster-keys/${id}`);
    });

    test('a managed key, however it is marked, is 409 and says where it is', async () => {
      const { manageOwnApiKey: own } = w.callers;
      for (const { id } of await w.createManaged(own)) {
        const { see } = expectProblem(await w.send(own, 'GET', `${KEYS}/${id}`), 409, 'key.managed');
        expect(see).toBe(`/v1/managed-keys/${id}`);
      }
    });

    test('an id of a form that no key has is refused', async () => {
      for (const id of ['a.b', 'a%20b', '%2a', 'x'.repeat(65), 'a,b', 'a%2Fb', '%C3%A4'])
        expectRefusedAt(await w.send(w.callers.superuser, 'GET', `${KEYS}/${id}`), 'path:id');
    });
  });
}
