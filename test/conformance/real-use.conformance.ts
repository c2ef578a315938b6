import { must } from '../support/elasticsearch/http.ts';
import { KEYS, World, type ConformanceTarget } from './world.js';

/** What a key is for, on documents; only for real nodes, since the sandbox has none. */
export function realUseConformance(target: ConformanceTarget): void {
  const w = new World(target);
  beforeAll(async () => {
    await w.open();
    await Promise.all(
      ['logs', 'orders'].map((name) => must(w.es, 'PUT', `/${name}-${w.prefix}/_doc/1?refresh=true`, { from: name })),
    );
  });
  afterAll(async () => {
    await Promise.all(['logs', 'orders'].map((name) => must(w.es, 'DELETE', `/${name}-${w.prefix}`)));
    await w.close();
  });

  test('a key reads the documents that its role descriptors allow and no others, until they are changed, until it is invalidated', async () => {
    const { superuser } = w.callers;
    const { id, encoded } = await w.create(superuser, {
      role_descriptors: { reader: { indices: [{ names: ['logs-*'], privileges: ['read'] }] } },
    });
    const search = async (index: string): Promise<string> => {
      const { status, body } = await w.elasticsearch(
        { authorization: `ApiKey ${encoded}` },
        'GET',
        `/${index}-${w.prefix}/_search`,
      );
      const hits = body['hits'] as { hits: Array<{ _source: { from: string } }> } | undefined;
      return `${status} ${hits?.hits.map((hit) => hit._source.from).join() ?? ''}`.trim();
    };
    expect([await search('logs'), await search('orders')]).toEqual(['200 logs', '403']);
    await w.ok(superuser, 'PATCH', `${KEYS}/${id}`, {
      role_descriptors: { reader: { indices: [{ names: ['orders-*'], privileges: ['read'] }] } },
    });
    expect([await search('logs'), await search('orders')]).toEqual(['403', '200 orders']);
    await w.ok(superuser, 'DELETE', `${KEYS}/${id}`);
    expect([await search('logs'), await search('orders')]).toEqual(['401', '401']);
  });
}
