import { createHash } from 'node:crypto';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, startUnderTest, type Answered, type ServiceUnderTest } from '../support/fault-service.js';

const PAGE = '/v1/user-keys?size=2';
/** What the check of a cursor is made of, for a list without filters: a forger can read it in the source. */
const QUESTION = JSON.stringify({ kind: 'user', filters: {}, conditions: [], sort: '-creation' });

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
  for (let index = 0; index < 5; index += 1)
    fake.addKey({ id: `key-${index}`, name: `key-${index}`, creation: 1_795_550_400_000 + index });
});

const list = (path: string): Promise<Answered> => latchkey.send('GET', path, { headers: { authorization: JANE } });
const withCursor = (cursor: string): string => `${PAGE}&cursor=${encodeURIComponent(cursor)}`;
const realCursor = async (): Promise<string> => (await list(PAGE)).json['next_cursor'] as string;

/** A cursor with any payload and the check that goes with it. */
function forge(payload: string): string {
  const encoded = Buffer.from(payload).toString('base64url');
  return `${encoded}.${createHash('sha256').update(QUESTION).update('\n').update(encoded).digest('base64url').slice(0, 16)}`;
}

function refused(answer: Answered): void {
  expect({
    status: answer.status,
    code: answer.json['code'],
    pointer: (answer.json['errors'] as Array<{ pointer: string }> | undefined)?.[0]?.pointer,
  }).toEqual({ status: 400, code: 'request.invalid', pointer: 'query:cursor' });
}

test('a cursor as it was answered leads to the next page', async () => {
  expect((await list(withCursor(await realCursor()))).status).toBe(200);
});

test('a forged cursor with a right payload is no more than the question it stands for', async () => {
  expect((await list(withCursor(forge('{"after":["1","a","b","c"]}')))).status).toBe(200);
});

test.each([0, 5, 20, -1])('a cursor with another character at %i is refused', async (at) => {
  const cursor = [...(await realCursor())];
  const index = at < 0 ? cursor.length + at : at;
  cursor[index] = cursor[index] === 'A' ? 'B' : 'A';
  refused(await list(withCursor(cursor.join(''))));
});

test.each(['status=active', 'sort=name', 'name=key-1', 'username=jane'])(
  'a cursor is refused with the filter %s that it was not made for',
  async (filter) => {
    refused(await list(`${withCursor(await realCursor())}&${filter}`));
  },
);

test.each([
  ['nothing', ''],
  ['a dot', '.'],
  ['three parts', 'a.b.c'],
  ['no check', Buffer.from('{"after":["1"]}').toString('base64url')],
  ['blanks', '   '],
  ['a NUL', 'a\u0000.b'],
])('%s is no cursor', async (_what, cursor) => {
  refused(await list(withCursor(cursor)));
});

test('a cursor of more than 8,192 characters is refused', async () => {
  refused(await list(withCursor('a'.repeat(8193))));
});

test.each([
  ['no JSON', '{"after":'],
  ['a number', '1'],
  ['a list', '[]'],
  ['null', 'null'],
  ['no values', '{}'],
  ['too many values', JSON.stringify({ after: Array(9).fill('1') })],
  ['an object among the values', '{"after":[{"gt":"1"},"a","b","c"]}'],
  ['a list among the values', '{"after":[["1"],"a","b","c"]}'],
  ['a depth bomb', `{"after":[${'['.repeat(2500)}${']'.repeat(2500)}]}`],
  ['an object for what was seen', '{"after":["1","a","b","c"],"seen":{"match_all":{}}}'],
  ['an object among what was seen', '{"after":["1","a","b","c"],"seen":[{"match_all":{}}]}'],
  ['unknown members', '{"after":["1","a","b","c"],"query":{"match_all":{}}}'],
])('a cursor forged with %s reaches Elasticsearch in no form and is refused', async (_what, payload) => {
  const answer = await list(withCursor(forge(payload)));
  expect(fake.received('query')).toEqual([]);
  refused(answer);
});
