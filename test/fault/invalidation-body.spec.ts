import fc from 'fast-check';
import { invalidationBody } from '../../src/elasticsearch/invalidation-body.js';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, SEEDED_KEY, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';

const NOTHING: Array<[string, unknown]> = [
  ['undefined', undefined],
  ['null', null],
  ['an empty list', []],
  ['an empty id', ['']],
  ['a blank id', [' ']],
  ['an empty id among others', ['a', '']],
  ['undefined among others', ['a', undefined]],
  ['null among others', ['a', null]],
  ['a sparse list', Array(2)],
  ['a list with a hole', ['a', , 'b']],
  ['a list in a list', [['a']]],
  ['a number', [1]],
];

test.each(NOTHING)('no invalidation is built from %s, which could mean all keys of the caller', (_name, ids) => {
  expect(() => invalidationBody(ids as string[], true)).toThrow(TypeError);
});

test('every invalidation that is built names exactly the ids it was given, and only the owner flag beside them', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.boolean(), (ids, ownOnly) => {
      let body: Record<string, unknown>;
      try {
        body = invalidationBody(ids, ownOnly);
      } catch {
        return ids.length === 0 || ids.some((id) => id.trim() === '');
      }
      return JSON.stringify(body) === JSON.stringify(ownOnly ? { ids, owner: true } : { ids });
    }),
  );
});

describe('what is asked over HTTP', () => {
  let fake: FakeElasticsearch;
  let latchkey: ServiceUnderTest;

  beforeAll(async () => {
    fake = await FakeElasticsearch.start();
    latchkey = await startUnderTest(fake);
  });

  afterAll(async () => {
    await latchkey.service.stop();
    await fake.close();
  });

  beforeEach(() => {
    fake.forget();
    fake.addKey({ id: SEEDED_KEY });
  });

  const bodies = [
    {},
    { ids: null },
    { ids: [] },
    { ids: [''] },
    { ids: [' '] },
    { ids: [null] },
    { ids: [[]] },
    { ids: {} },
    { ids: SEEDED_KEY },
    { ids: ['_all'], owner: true },
    { owner: true },
    { name: '*' },
    { realm_name: 'default_native' },
    { username: 'jane' },
    { ids: [SEEDED_KEY], username: 'jane' },
    { ids: Array.from({ length: 101 }, (_, index) => `id-${index}`) },
    { ids: [SEEDED_KEY, SEEDED_KEY] },
  ];

  test.each(bodies.map((body) => [JSON.stringify(body).slice(0, 60), body] as const))(
    '%s is refused or finds no key, and Elasticsearch is asked to invalidate nothing',
    async (_name, body) => {
      await latchkey.send('POST', '/v1/user-keys/_invalidate', { body, headers: { authorization: JANE } });
      expect(fake.received('invalidate')).toEqual([]);
    },
  );

  test.each(['', '%20', '%00', '..', '%2e%2e', '..%2f_all', '*', '_all%2f..', 'a,b', 'a%0ab', 'ä', 'x'.repeat(65)])(
    'DELETE /v1/user-keys/%s invalidates nothing',
    async (id) => {
      await latchkey.send('DELETE', `/v1/user-keys/${id}`, { headers: { authorization: JANE } });
      expect(fake.received('invalidate')).toEqual([]);
    },
  );

  test('an invalidation asks for the one id that was named', async () => {
    await latchkey.send('DELETE', `/v1/user-keys/${SEEDED_KEY}`, { headers: { authorization: JANE } });
    expect(fake.received('invalidate').map(({ body }) => body)).toEqual([{ ids: [SEEDED_KEY] }]);
  });

  test('a caller who may only use its own keys asks for those alone', async () => {
    fake.privileges = { manage_security: false, manage_api_key: false };
    await latchkey.send('DELETE', `/v1/user-keys/${SEEDED_KEY}`, { headers: { authorization: JANE } });
    expect(fake.received('invalidate').map(({ body }) => body)).toEqual([{ ids: [SEEDED_KEY], owner: true }]);
  });
});
