import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { Secret } from '../../src/redaction/secret.js';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { CALL_NAMES, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';
import { leaksIn } from '../support/leaks.js';

let fake: FakeElasticsearch;
let service: ServiceUnderTest;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  service = await startUnderTest(fake);
});
afterAll(async () => {
  await service.service.stop({ drainMs: 0 });
  await fake.close();
});
beforeEach(() => fake.forget());

const canary = (): string => randomBytes(12).toString('hex');

test.each(['Basic', 'Bearer', 'ApiKey'])(
  'no credential of the scheme %s, nor the client secret, stands in any answer, log line or metric',
  async (scheme) => {
    const [secret, shared] = [canary(), canary()];
    const authorization =
      scheme === 'Bearer' ? `Bearer ${secret}` : `${scheme} ${Buffer.from(`jane:${secret}`).toString('base64')}`;
    const answers: string[] = [];
    for (const name of CALL_NAMES) {
      const { text, headers } = await service.call(name, {
        authorization,
        'es-client-authentication': `SharedSecret ${shared}`,
      });
      answers.push(text, JSON.stringify([...headers]));
    }
    expect(leaksIn([...answers, service.log(), await service.metrics()].join('\n'), [secret, shared])).toEqual([]);
  },
);

test('the secret of a new key stands in its own answer and nowhere else', async () => {
  const created = await service.call('user-keys.create');
  expect(created.status).toBe(201);
  expect(leaksIn(created.text, fake.secrets)).toEqual(fake.secrets);
  const rest = [service.log(), await service.metrics(), (await service.call('user-keys.list')).text].join('\n');
  expect(leaksIn(rest, fake.secrets)).toEqual([]);
});

test('what a caller sends in names, metadata, ids and queries is not logged', async () => {
  const [name, value, id, query] = [canary(), canary(), canary(), canary()];
  const headers = { authorization: `Basic ${Buffer.from('jane:x').toString('base64')}` };
  await service.send('POST', '/v1/user-keys', { body: { name, metadata: { value } }, headers });
  await service.send('GET', `/v1/user-keys/${id}`, { headers });
  await service.send('GET', `/v1/user-keys?name=${query}&nonsense=${query}`, { headers });
  await service.send('POST', '/v1/user-keys', { raw: `{"name":"${name}`, headers });
  const lines = service
    .log()
    .split('\n')
    .filter((line) => !line.includes('"stream":"audit"'))
    .join('\n');
  expect(leaksIn(lines, [name, value, id, query])).toEqual([]);
});

test('every call to Elasticsearch carries the credential of its caller and no other header of the caller', async () => {
  const authorization = `Bearer ${canary()}`;
  for (const name of CALL_NAMES)
    await service.call(name, { authorization, cookie: 'a=b', 'x-forwarded-for': '1.2.3.4', 'x-custom': 'y' });
  expect(fake.requests.length).toBeGreaterThan(CALL_NAMES.length);
  for (const { headers } of fake.requests) {
    const names = headers.map(([header]) => header.toLowerCase());
    expect(headers.filter(([header]) => header.toLowerCase() === 'authorization').map(([, value]) => value)).toEqual([
      authorization,
    ]);
    expect(
      names.filter((header) => ['cookie', 'x-forwarded-for', 'x-custom', 'x-request-id'].includes(header)),
    ).toEqual([]);
  }
});

test('every log line is one JSON object, whatever a request holds', async () => {
  const headers = { authorization: `Basic ${Buffer.from('jane:x').toString('base64')}` };
  await service.send('POST', '/v1/user-keys', { body: { name: 'a\r\nb\u001b[31m\u2028' }, headers });
  for (const line of service.log().trim().split('\n')) expect(() => void JSON.parse(line)).not.toThrow();
});

test('a Secret shows nothing of itself in JSON, inspection, templates or concatenation', () => {
  const secret = new Secret('hush');
  for (const shown of [
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ secret }, { showHidden: true, depth: 9 }),
    `${secret.toString()}`,
    String(secret),
  ])
    expect(shown).not.toContain('hush');
  expect(secret.reveal()).toBe('hush');
});
