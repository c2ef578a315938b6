import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';

const JANES = { authorization: JANE };
const SENT_BY_JANE = { ...JANES, 'content-type': 'application/json' };

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

beforeEach(() => latchkey.clearLog());

function requestLines(): Array<Record<string, unknown>> {
  return latchkey
    .log()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg }) => msg === 'request');
}

test.each([
  ['without a credential', 'GET', '/v1/user-keys', {}],
  ['to no route', 'GET', '/v1/nothing', { headers: JANES }],
  ['with an unknown field', 'POST', '/v1/user-keys', { headers: SENT_BY_JANE, body: { name: 'a', colour: 'red' } }],
  ['with a body that is no JSON', 'POST', '/v1/user-keys', { headers: SENT_BY_JANE, raw: '{' }],
  ['with another media type', 'POST', '/v1/user-keys', { headers: { ...JANES, 'content-type': 'a/b' }, raw: 'a' }],
])('the line of a request %s has the code of the problem that was answered', async (_how, method, path, options) => {
  const { json } = await latchkey.send(method, path, options);
  expect(json['code']).toEqual(expect.any(String));
  expect(requestLines().map(({ code }) => code)).toEqual([json['code']]);
});

test('the line of a refused request has no other member of its problem', async () => {
  const { json } = await latchkey.send('POST', '/v1/user-keys', {
    headers: SENT_BY_JANE,
    body: { name: 'a', c: 'red' },
  });
  expect(json['errors']).toBeDefined();
  const [line = {}] = requestLines();
  for (const member of ['type', 'title', 'detail', 'errors']) expect(line).not.toHaveProperty(member);
});

test('the line of a request that succeeded has no code', async () => {
  expect((await latchkey.call('user-keys.list')).status).toBe(200);
  const [line] = requestLines();
  expect(line).toMatchObject({ operation: 'user-keys.list', status: 200 });
  expect(line).not.toHaveProperty('code');
});
