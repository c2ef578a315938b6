import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';

const MEMBERS = ['code', 'detail', 'request_id', 'status', 'title', 'type'];

/** What never becomes a request of the framework, and is answered on the bare connection. */
const BROKEN: Array<[what: string, status: number, bytes: string]> = [
  ['nonsense', 400, 'nonsense\r\n\r\n'],
  ['a line feed alone', 400, 'GET /livez HTTP/1.1\nHost: a\n\n'],
  ['a folded header', 400, 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n'],
  [
    'length and chunks',
    400,
    'POST /v1/user-keys HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  [
    'two lengths',
    400,
    'POST /v1/user-keys HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef',
  ],
  ['a negative length', 400, 'POST /v1/user-keys HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'],
  [
    'a broken chunk',
    400,
    `POST /v1/user-keys HTTP/1.1\r\nHost: a\r\nAuthorization: ${JANE}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
  ],
  ['a NUL in a header', 400, 'GET /livez HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n'],
  ['a method that does not exist', 400, 'FROB /livez HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['the preface of HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['headers of 17 KiB', 431, `GET /livez HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(17 * 1024)}\r\n\r\n`],
  ['a path of 17 KiB', 431, `GET /${'x'.repeat(17 * 1024)} HTTP/1.1\r\nHost: a\r\n\r\n`],
];

let fake: FakeElasticsearch;
let latchkey: ServiceUnderTest;
const answers = new Map<string, string>();

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  latchkey = await startUnderTest(fake);
  for (const [what, , bytes] of BROKEN) answers.set(what, await latchkey.speak(bytes));
});

afterAll(async () => {
  await latchkey.service.stop();
  await fake.close();
});

function taken(what: string): { head: string; body: Record<string, unknown> } {
  const [head = '', body = ''] = (answers.get(what) ?? '').split('\r\n\r\n');
  return { head, body: JSON.parse(body) as Record<string, unknown> };
}

test.each(BROKEN)('%s is answered %i', (what, status) => {
  expect(taken(what).head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

test.each(BROKEN)('%s is answered as problem+json that nobody may keep', (what) => {
  expect(taken(what).head).toMatch(
    /content-type: application\/problem\+json\r\n[^]*cache-control: no-store|cache-control: no-store[^]*content-type: application\/problem\+json/i,
  );
});

test.each(BROKEN)('the problem that answers %s has all its members', (what) => {
  expect(Object.keys(taken(what).body).sort()).toEqual(MEMBERS);
});

test.each(BROKEN)('the problem that answers %s has the status of its answer', (what, status) => {
  expect(taken(what).body['status']).toBe(status);
});

test.each(BROKEN)('%s ends its connection: what follows on it is not taken for a request', (what) => {
  expect(answers.get(what)?.match(/HTTP\/1\.1 /g)).toHaveLength(1);
});

test('none of it reaches Elasticsearch', () => {
  expect(fake.requests).toEqual([]);
});

test('the service is alive afterwards', async () => {
  expect((await latchkey.send('GET', '/livez')).status).toBe(200);
});

test('an obscured transfer encoding reaches Elasticsearch in no form', async () => {
  const request = `POST /v1/user-keys HTTP/1.1\r\nHost: a\r\nAuthorization: ${JANE}\r\nContent-Type: application/json\r\nTransfer-Encoding: xchunked\r\n\r\n`;
  await latchkey.speak(`${request}c\r\n{"name":"ab"}\r\n0\r\n\r\n`);
  expect(fake.received('create')).toEqual([]);
});

test('a second request that hides in the body of a refused one is not carried out', async () => {
  const hidden = `DELETE /v1/user-keys/abc HTTP/1.1\r\nHost: a\r\nAuthorization: ${JANE}\r\n\r\n`;
  const outer = `POST /v1/user-keys HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${hidden.length}\r\nConnection: close\r\n\r\n${hidden}`;
  await latchkey.speak(outer);
  expect(fake.requests).toEqual([]);
});
