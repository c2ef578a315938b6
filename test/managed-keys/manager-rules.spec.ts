import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyKinds } from '../../src/api-keys/key-kind.js';
import { parseManagedKeysPolicy } from '../../src/config/managed-keys-policy.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/index.js';
import { startLatchkey, type Latchkey } from '../support/service.js';

const RULES = `
managers:
  - label: Order platform
    owner: team-orders
    consequence: Orders are no longer logged.
    match: { name_prefix: "orders/", metadata: { env: prod } }
`;
const authorization = `Basic ${Buffer.from('elastic:changeme').toString('base64')}`;

let folder: string;
let sandbox: Sandbox;
let latchkey: Latchkey;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-managers-'));
  writeFileSync(join(folder, 'managers.yaml'), RULES);
  sandbox = await startSandbox();
  latchkey = await startLatchkey(sandbox.url, { LATCHKEY_MANAGED_KEYS_FILE: join(folder, 'managers.yaml'), LATCHKEY_INVALIDATION_SETTLE_MS: '0' });
});
afterAll(async () => {
  await latchkey.stop();
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

/** Straight at Elasticsearch, as the software itself would. */
async function make(name: string, metadata?: object): Promise<string> {
  const response = await fetch(`${sandbox.url}/_security/api_key`, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: JSON.stringify({ name, metadata }) });
  return ((await response.json()) as { id: string }).id;
}

test('a rule of the operator protects the keys that it matches, and only those, in lists, facets and changes alike', async () => {
  const matched = await make('orders/writer', { env: 'prod' });
  const listed = await make('orders/reader', { env: ['dev', 'prod'] });
  const free = [await make('orders/other', { env: 'dev' }), await make('other', { env: 'prod' }), await make('orders/none')];
  const { body } = await latchkey.call('GET', '/v1/user-keys?size=100', { authorization });
  expect(body.items.map((key: { id: string }) => key.id).sort()).toEqual([...free].sort());
  expect((await latchkey.call('GET', '/v1/user-keys/_summary', { authorization })).body.by_type).toEqual({ user: 3, managed: 2, cross_cluster: 0 });
  for (const id of [matched, listed]) {
    const answer = await latchkey.call('DELETE', `/v1/user-keys/${id}`, { authorization });
    expect(answer).toMatchObject({ status: 409, body: { code: 'key.managed', manager: { label: 'Order platform', owner: 'team-orders', consequence: 'Orders are no longer logged.' } } });
  }
  expect((await latchkey.call('DELETE', `/v1/user-keys/${free[0]}`, { authorization })).status).toBe(204);
});

test('Kibana alerting is known by its names, other software by its mark, and the mark names its manager', () => {
  const kinds = new KeyKinds();
  expect(kinds.managerOf({ name: 'Alerting: .es-query' })).toMatchObject({ label: 'Kibana alerting', owner: 'Kibana' });
  expect(kinds.managerOf({ name: 'x', metadata: { managed: true, managed_by: 'fleet', owner: 'ops' } })).toMatchObject({ label: 'fleet', owner: 'ops' });
  expect(kinds.managerOf({ name: 'alerting: x', metadata: { managed: false } })).toBeUndefined();
});

test.each([
  ['no map', '[]', 'the file must be a map'],
  ['an unknown name', 'managrs: []', '"managrs" is not known'],
  ['a rule without match', 'managers: [{label: a, owner: b, consequence: c, match: {}}]', 'must name at least one of'],
  ['a rule without label', 'managers: [{owner: b, consequence: c, match: {username: u}}]', 'managers[0].label must be a text'],
  ['nested metadata', 'managers: [{label: a, owner: b, consequence: c, match: {metadata: {x: {y: 1}}}}]', 'managers[0].match.metadata.x must be one value'],
  ['broken YAML', 'managers: [', 'is not valid YAML or JSON'],
])('%s in the rules stops the start with its place', (_what, text, complaint) => {
  expect(() => parseManagedKeysPolicy(text)).toThrow(complaint);
});
