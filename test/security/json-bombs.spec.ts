import { findJsonLimitViolation, JSON_LIMITS, LARGE_JSON_LIMITS } from '../../src/json/json-limits.js';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, startUnderTest, type Answered, type ServiceUnderTest } from '../support/fault-service.js';

const { depth, stringLength, strings, arrayItems, objectEntries, values } = JSON_LIMITS;
/** Of the processor, which others that run beside it do not add to. */
const LONGEST_MS = 5000;

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const objectOf = (count: number): unknown => Object.fromEntries(times(count, (index) => [`k${index}`, 0]));
const nestedLists = (count: number): unknown => JSON.parse(`${'['.repeat(count)}${']'.repeat(count)}`);
const nestedObjects = (count: number): unknown => JSON.parse(`${'{"a":'.repeat(count - 1)}{}${'}'.repeat(count - 1)}`);

/** So many texts, in lists that are each within their limit. */
const texts = (count: number): unknown =>
  times(Math.ceil(count / 100), (list) => times(Math.min(100, count - list * 100), () => 'x'));

/** So many values in all: the outer list, the lists in it, and the numbers in those. */
function valuesOf(count: number): unknown {
  const inner = count - 1;
  const lists = Math.ceil(inner / 101);
  return times(lists, (list) => times(Math.min(101, inner - list * 101) - 1, () => 0));
}

const EDGES: Array<[limit: string, most: unknown, beyond: unknown]> = [
  [`depth ${depth} of lists`, nestedLists(depth), nestedLists(depth + 1)],
  [`depth ${depth} of objects`, nestedObjects(depth), nestedObjects(depth + 1)],
  [`${stringLength} characters of a text`, 'x'.repeat(stringLength), 'x'.repeat(stringLength + 1)],
  [`${strings} texts`, texts(strings), texts(strings + 1)],
  [`${arrayItems} items of a list`, times(arrayItems, () => 0), times(arrayItems + 1, () => 0)],
  [`${objectEntries} fields of an object`, objectOf(objectEntries), objectOf(objectEntries + 1)],
  [`${values} values`, valuesOf(values), valuesOf(values + 1)],
];

test.each(EDGES)('%s are within the limit', (_limit, most) => {
  expect(findJsonLimitViolation(most)).toBeUndefined();
});

test.each(EDGES)('one more than %s is beyond the limit', (_limit, _most, beyond) => {
  expect(findJsonLimitViolation(beyond)).toBeDefined();
});

test('a violation names its place as a JSON pointer, with its special characters escaped', () => {
  expect(findJsonLimitViolation({ 'a/b~c': ['x', 'x'.repeat(stringLength + 1)] })?.pointer).toBe('/a~1b~0c/1');
});

describe('over HTTP', () => {
  let fake: FakeElasticsearch;
  let latchkey: ServiceUnderTest;

  beforeAll(async () => {
    fake = await FakeElasticsearch.start();
    latchkey = await startUnderTest(fake);
    await latchkey.call('user-keys.create');
  });

  afterAll(async () => {
    await latchkey.service.stop();
    await fake.close();
  });

  beforeEach(() => fake.forget());

  const create = (raw: string): Promise<Answered> =>
    latchkey.send('POST', '/v1/user-keys', { raw, headers: { authorization: JANE } });
  const fill = (open: string, middle: string, close: string): string => {
    const count = Math.floor((65_536 - middle.length) / (open.length + close.length));
    return open.repeat(count) + middle + close.repeat(count);
  };

  const BOMBS: Array<[string, string]> = [
    ['nested lists', fill('[', '', ']')],
    ['nested objects', fill('{"":', '0', '}')],
    ['nested lists that never end', '['.repeat(65_536)],
    ['nested objects that never end', '{"a":'.repeat(13_000)],
    ['a list of zeros', `[${'0,'.repeat(32_700)}0]`],
    ['a list of empty texts', `[${'"",'.repeat(21_800)}""]`],
    ['an object of many fields', `{${times(7000, (index) => `"${index}":0`).join(',')}}`],
    ['one field many times', `{${times(9000, () => '"a":0').join(',')}}`],
    ['a very long number', `{"name":${'9'.repeat(65_000)}}`],
    ['a number with a huge exponent', '{"name":1e999999999}'],
    ['a text of escapes', `{"name":"${'\\u0000'.repeat(10_000)}"}`],
    ['many long numbers', `{"name":[${times(3000, () => '12345678901234567890').join(',')}]}`],
  ];

  test.each(BOMBS)("%s in 64 KiB are refused as the caller's mistake", async (_what, bomb) => {
    expect((await create(bomb)).status).toBe(400);
  });

  test.each(BOMBS)(`%s in 64 KiB cost less than ${LONGEST_MS} ms of the processor`, async (_what, bomb) => {
    const before = process.cpuUsage();
    await create(bomb);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(LONGEST_MS);
  });

  test('no bomb reaches Elasticsearch', async () => {
    for (const [, bomb] of BOMBS) await create(bomb);
    expect(fake.received('create')).toEqual([]);
  });

  test.each([
    ['__proto__ at the top', '{"name":"a","__proto__":{"polluted":true}}'],
    ['__proto__ twice', '{"name":"a","__proto__":{"polluted":true},"__proto__":{"polluted":true}}'],
    ['__proto__ written as an escape', '{"name":"a","\\u005f_proto__":{"polluted":true}}'],
    ['__proto__ deep in the metadata', '{"name":"a","metadata":{"b":[{"__proto__":{"polluted":true}}]}}'],
    ['constructor.prototype at the top', '{"name":"a","constructor":{"prototype":{"polluted":true}}}'],
    ['constructor twice', '{"name":"a","constructor":1,"constructor":{"prototype":{"polluted":true}}}'],
    ['constructor: null', '{"name":"a","constructor":null}'],
    ['toString', '{"name":"a","toString":"x"}'],
    ['rules, which the input class has', '{"name":"a","rules":"x"}'],
  ])('%s is refused', async (_what, raw) => {
    expect((await create(raw)).status).toBe(400);
  });

  test.each(['constructor=1', '__proto__=1', 'toString=1', 'constructor[prototype]=1', 'size=1&size=2', 'size[$gt]=1'])(
    'the query %s is refused',
    async (query) => {
      expect((await latchkey.send('GET', `/v1/user-keys?${query}`, { headers: { authorization: JANE } })).status).toBe(
        400,
      );
    },
  );

  test('nothing that was sent is on the prototype of all objects', async () => {
    await create('{"name":"a","metadata":{"constructor":{"prototype":{"polluted":true}}}}');
    expect('polluted' in {}).toBe(false);
  });

  test('metadata named constructor is data like any other and arrives as it was sent', async () => {
    await create('{"name":"a","metadata":{"constructor":{"prototype":{"x":1}},"hasOwnProperty":1}}');
    expect(fake.received('create').map(({ body }) => (body as { metadata: unknown }).metadata)).toEqual([
      { constructor: { prototype: { x: 1 } }, hasOwnProperty: 1 },
    ]);
  });
});

test('what an Envoy says of itself is bounded in its depth and its number of values', () => {
  const { depth: deepest, values: most } = LARGE_JSON_LIMITS;
  expect(
    [
      nestedLists(deepest),
      nestedLists(deepest + 1),
      Array.from({ length: most - 1 }, () => 1),
      Array.from({ length: most }, () => 1),
    ].map((value) => findJsonLimitViolation(value, LARGE_JSON_LIMITS) === undefined),
  ).toEqual([true, false, true, false]);
});
