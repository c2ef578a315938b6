import { KEYS, World, type ConformanceTarget } from './world.js';

/** The main job from beginning to end, for targets on which the whole suite would say nothing new: other licenses. */
export function mainJobConformance(target: ConformanceTarget): void {
  const w = new World(target);
  beforeAll(() => w.open());
  afterAll(() => w.close());

  test('create, use, list, update and invalidate a key', async () => {
    const { manageOwnApiKey: own } = w.callers;
    const { id, key, encoded } = await w.create(own, {
      expiration: '1d',
      role_descriptors: { reader: { indices: [{ names: ['logs-*'], privileges: ['read'] }] } },
    });
    const asKey = { authorization: `ApiKey ${encoded}` };
    expect((await w.elasticsearch(asKey, 'GET', '/logs-*/_search')).status).toBe(200);
    expect((await w.elasticsearch(asKey, 'GET', '/orders-1/_search')).status).toBe(403);
    expect((await w.list(own, { name: key.name })).items).toEqual([key]);
    expect((await w.ok(own, 'PATCH', `${KEYS}/${id}`, { metadata: { a: 1 } })).body).toEqual({
      updated: true,
      key: { ...key, metadata: { a: 1 } },
    });
    expect((await w.send(own, 'DELETE', `${KEYS}/${id}`)).status).toBe(204);
    expect(await w.authenticates(encoded)).toBe(false);
    expect((await w.list(own, { name: key.name })).items).toMatchObject([{ id, status: 'invalidated' }]);
    expect((await w.ok(own, 'GET', `${KEYS}/_summary`)).body).toMatchObject({
      by_type: { cross_cluster: 0 },
      by_status: { invalidated: 1 },
    });
  });

  test('the session tells the license to whom Elasticsearch shows it', async () => {
    const { body } = await w.ok(w.callers.superuser, 'GET', '/v1/session');
    expect(body.license).toMatchObject({ type: target.license, status: 'active' });
  });
}
