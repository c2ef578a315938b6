import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { ERROR_REGISTRY, isDenial } from '../../src/errors/error-registry.js';
import { FakeElasticsearch, refuses } from '../support/fake-elasticsearch.js';
import { JANE, startUnderTest } from '../support/fault-service.js';

interface Line {
  event: string;
  operation: string;
  outcome: string;
  request_id: string;
  actor: { username: string; realm: string };
  key_ids: string[];
  error_code?: string;
}

const ELASTIC = `Basic ${Buffer.from('elastic:changeme').toString('base64')}`;

let folder: string;
let sandbox: Sandbox;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-audit-'));
  sandbox = await startSandbox();
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

test('every change is recorded with who, what, which keys, how it ended and the request id, and no secret', async () => {
  const file = join(folder, 'trail.jsonl');
  const latchkey = await startUnderTest(sandbox.url, { LATCHKEY_AUDIT_FILE: file });
  const headers = { authorization: ELASTIC, 'x-request-id': 'audit-request-1' };
  const created = await latchkey.send('POST', '/v1/user-keys', { body: { name: 'audited' }, headers });
  const { key, secret } = created.json as { key: { id: string }; secret: { api_key: string; encoded: string } };
  await latchkey.send('PATCH', `/v1/user-keys/${key.id}`, { body: { metadata: { a: 1 } }, headers });
  await latchkey.send('PATCH', '/v1/user-keys/nosuchkey', { body: { metadata: { a: 1 } }, headers });
  await latchkey.send('DELETE', `/v1/user-keys/${key.id}`, { headers });
  await latchkey.service.stop({ drainMs: 0 });
  const text = readFileSync(file, 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  expect(lines.map(({ event, outcome, key_ids: ids, error_code: code }) => [event, outcome, ids, code])).toEqual([
    ['user-key.created', 'success', [key.id], undefined],
    ['user-key.updated', 'success', [key.id], undefined],
    ['user-key.updated', 'failure', ['nosuchkey'], 'key.not-found'],
    ['user-key.invalidated', 'success', [key.id], undefined],
  ]);
  for (const line of lines)
    expect(line).toMatchObject({ request_id: 'audit-request-1', actor: { username: 'elastic', realm: 'reserved' } });
  expect(text).not.toContain(secret.api_key);
  expect(text).not.toContain(secret.encoded);
});

test('an invalidation of many records what was ended and, by reason, what was not; what stands in the place of an id and may be a secret is left out', async () => {
  const file = join(folder, 'many.jsonl');
  const latchkey = await startUnderTest(sandbox.url, { LATCHKEY_AUDIT_FILE: file });
  const headers = { authorization: ELASTIC };
  const made = await latchkey.send('POST', '/v1/user-keys', { body: { name: 'one-of-many' }, headers });
  const { key, secret } = made.json as { key: { id: string }; secret: { encoded: string } };
  await latchkey.send('POST', '/v1/user-keys/_invalidate', { body: { ids: [key.id, 'nosuchkey'] }, headers });
  await latchkey.send('POST', '/v1/user-keys/_invalidate', { body: { ids: [secret.encoded] }, headers });
  await latchkey.service.stop({ drainMs: 0 });
  const text = readFileSync(file, 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  expect(lines.slice(1, 3).map(({ outcome, key_ids: ids, error_code: code }) => [outcome, ids, code])).toEqual([
    ['success', [key.id], undefined],
    ['failure', ['nosuchkey'], 'key.not-found'],
  ]);
  expect(text).not.toContain(secret.encoded);
});

test('of input that is not valid only the key of the path is recorded', async () => {
  const file = join(folder, 'invalid.jsonl');
  const latchkey = await startUnderTest(sandbox.url, { LATCHKEY_AUDIT_FILE: file });
  const headers = { authorization: ELASTIC };
  const body = { ids: ['some-key', 7], reason: 'a reason that nobody has looked at', confirm: 'x' };
  await latchkey.send('POST', '/v1/managed-keys/_invalidate', { body, headers });
  await latchkey.send('PATCH', '/v1/managed-keys/other-key', { body, headers });
  await latchkey.service.stop({ drainMs: 0 });
  const text = readFileSync(file, 'utf8');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  expect(lines.map(({ event, outcome, key_ids: ids, error_code: code }) => [event, outcome, ids, code])).toEqual([
    ['managed-keys.invalidated', 'failure', [], 'request.invalid'],
    ['managed-key.updated', 'failure', ['other-key'], 'request.invalid'],
  ]);
  expect(text).not.toContain('nobody has looked at');
});

test('every 403 denies, and so do the codes that hide from a caller what belongs to others', () => {
  const denials = Object.keys(ERROR_REGISTRY).filter(isDenial);
  const forbidden = Object.entries(ERROR_REGISTRY).filter(([, { status }]) => status === 403);
  expect(denials).toEqual(expect.arrayContaining(forbidden.map(([code]) => code)));
  expect(denials.filter((code) => !forbidden.some(([other]) => other === code)).sort()).toEqual([
    'lease.not-found',
    'rotation.owner-required',
  ]);
  expect([isDenial('batch.held-back'), isDenial('toString')]).toEqual([false, false]);
});

test('a caller who may not is recorded as denied', async () => {
  const fake = await FakeElasticsearch.start();
  fake.privileges = {
    manage_security: false,
    read_security: false,
    manage_api_key: false,
    manage_own_api_key: false,
    monitor: true,
  };
  const latchkey = await startUnderTest(fake);
  expect(
    (await latchkey.send('POST', '/v1/user-keys', { body: { name: 'a' }, headers: { authorization: JANE } })).status,
  ).toBe(403);
  expect(latchkey.log()).toMatch(/"stream":"audit".*"outcome":"denied"/);
  await latchkey.service.stop({ drainMs: 0 });
  await fake.close();
});

test('what only the owner may is recorded as denied, and what cannot be done as failed', async () => {
  const file = join(folder, 'denied.jsonl');
  const headers = { authorization: ELASTIC };
  const fake = await FakeElasticsearch.start();
  fake.addKey({ id: 'key-of-another', username: 'somebody-else' });
  const latchkey = await startUnderTest(fake, { LATCHKEY_AUDIT_FILE: file });
  fake.break(
    'update',
    refuses(404, { type: 'resource_not_found_exception', reason: 'no API key owned by requesting user found' }),
  );
  const answer = await latchkey.send('PATCH', '/v1/user-keys/key-of-another', {
    body: { metadata: { a: 1 } },
    headers,
  });
  await latchkey.send('PATCH', '/v1/user-keys/nosuchkey', { body: { metadata: { a: 1 } }, headers });
  await latchkey.service.stop({ drainMs: 0 });
  await fake.close();
  expect(answer.status).toBe(403);
  const lines = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  expect(lines.map(({ outcome, error_code: code }) => [outcome, code])).toEqual([
    ['denied', 'key.not-owner'],
    ['failure', 'key.not-found'],
  ]);
});

test('when the audit index cannot be written no secret leaves, and the new key is invalidated', async () => {
  const service = {
    ELASTICSEARCH_SERVICE_USERNAME: 'elastic',
    ELASTICSEARCH_SERVICE_PASSWORD: 'wrong-password',
    LATCHKEY_AUDIT_INDEX: 'latchkey-audit',
  };
  const latchkey = await startUnderTest(sandbox.url, service);
  const answer = await latchkey.send('POST', '/v1/user-keys', {
    body: { name: 'unaudited' },
    headers: { authorization: ELASTIC },
  });
  expect({ status: answer.status, code: answer.json['code'] }).toEqual({ status: 503, code: 'audit.unavailable' });
  expect(answer.text).not.toMatch(/encoded|api_key/);
  const { json } = await latchkey.send('GET', '/v1/user-keys?name=unaudited', { headers: { authorization: ELASTIC } });
  expect((json['items'] as Array<{ status: string }>).map(({ status }) => status)).toEqual(['invalidated']);
  expect(await latchkey.metrics()).toContain('latchkey_audit_failures_total 1');
  await latchkey.service.stop({ drainMs: 0 });
});
