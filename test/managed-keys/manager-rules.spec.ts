import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyKinds } from '../../src/keys/model/key-kind.js';
import { parseManagedKeysPolicy } from '../../src/config/managed-keys-policy.js';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { startLatchkey, type Latchkey } from '../support/service.js';

const RULES = `
managers:
  - label: Order platform
    owner: team-orders
    consequence: Orders are no longer logged.
    match: { name_prefix: "orders/", metadata: { env: prod } }
  - label: Workflows
    owner: team-flow
    consequence: Workflows stop.
    match: { metadata: { app.kind: workflow } }
  - label: Workflows
    owner: team-flow
    consequence: Workflows stop.
    match: { name_prefix: "flow/" }
`;
const authorization = `Basic ${Buffer.from('elastic:changeme').toString('base64')}`;

let folder: string;
let sandbox: Sandbox;
let latchkey: Latchkey;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-managers-'));
  writeFileSync(join(folder, 'managers.yaml'), RULES);
  sandbox = await startSandbox();
  latchkey = await startLatchkey(sandbox.url, {
    LATCHKEY_MANAGED_KEYS_FILE: join(folder, 'managers.yaml'),
    LATCHKEY_INVALIDATION_SETTLE_MS: '0',
  });
});
afterAll(async () => {
  await latchkey.stop();
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

/** Straight at Elasticsearch, as the software itself would. */
async function make(name: string, metadata?: object): Promise<string> {
  const response = await fetch(`${sandbox.url}/_security/api_key`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ name, metadata }),
  });
  return ((await response.json()) as { id: string }).id;
}

test('a rule of the operator protects the keys that it matches, and only those, in lists, facets and changes alike', async () => {
  const matched = await make('orders/writer', { env: 'prod' });
  const listed = await make('orders/reader', { env: ['dev', 'prod'] });
  const free = [
    await make('orders/other', { env: 'dev' }),
    await make('other', { env: 'prod' }),
    await make('orders/none'),
  ];
  const { body } = await latchkey.call('GET', '/v1/user-keys?size=100', { authorization });
  expect(body.items.map((key: { id: string }) => key.id).sort()).toEqual([...free].sort());
  expect((await latchkey.call('GET', '/v1/user-keys/_summary', { authorization })).body.by_type).toEqual({
    user: 3,
    managed: 2,
    cross_cluster: 0,
  });
  for (const id of [matched, listed]) {
    const answer = await latchkey.call('DELETE', `/v1/user-keys/${id}`, { authorization });
    expect(answer).toMatchObject({
      status: 409,
      body: {
        code: 'key.managed',
        manager: { label: 'Order platform', owner: 'team-orders', consequence: 'Orders are no longer logged.' },
      },
    });
  }
  expect((await latchkey.call('DELETE', `/v1/user-keys/${free[0]}`, { authorization })).status).toBe(204);
});

const MARKED_AS = (by: string) => ({ managed: true, managed_by: by });

test.each([
  ['nested-path', { app: { kind: 'workflow' } }, 'Workflows'],
  ['dotted-path', { 'app.kind': ['other', 'workflow'] }, 'Workflows'],
  ['list-path', { app: [{ kind: 'other' }, { kind: 'workflow' }] }, 'Workflows'],
  ['flow/second-rule', {}, 'Workflows'],
  ['marked-as-rule', MARKED_AS('Workflows'), 'Workflows'],
  ['Alerting: marked', MARKED_AS('Workflows'), 'Kibana alerting'],
  ['marked-as-other', MARKED_AS('fleet'), 'fleet'],
  ['other-kind', { app: { kind: 'other' } }, undefined],
])(
  'what is told of the key %s and what is found by asking for its manager say the same',
  async (name, metadata, label) => {
    const id = await make(name, metadata);
    const asked = async (path: string): Promise<string[]> =>
      (
        (await latchkey.call('GET', `${path}&size=100&name=${encodeURIComponent(name)}`, { authorization })).body
          .items as Array<{ id: string }>
      ).map((key) => key.id);
    expect(await asked('/v1/user-keys?')).toEqual(label === undefined ? [id] : []);
    for (const manager of ['Workflows', 'Kibana alerting', 'fleet']) {
      expect([manager, await asked(`/v1/managed-keys?manager=${encodeURIComponent(manager)}`)]).toEqual([
        manager,
        manager === label ? [id] : [],
      ]);
    }
    const deleted = await latchkey.call('DELETE', `/v1/user-keys/${id}`, { authorization });
    expect([deleted.status, deleted.body?.manager?.label]).toEqual(
      label === undefined ? [204, undefined] : [409, label],
    );
  },
);

test('a change of the metadata that would take a key out of its protection is refused, and nothing is changed', async () => {
  const id = await make('orders/kept', { env: 'prod' });
  const answer = await latchkey.call('PATCH', `/v1/managed-keys/${id}`, {
    authorization,
    body: { metadata: { a: 1 }, confirm: 'orders/kept', reason: 'tidy' },
  });
  expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([400, '/metadata']);
  expect((await latchkey.call('GET', `/v1/managed-keys/${id}`, { authorization })).body.metadata).toEqual({
    env: 'prod',
  });
});

test('Kibana alerting is known by its names, other software by its mark, and the mark names its manager', () => {
  const kinds = new KeyKinds();
  expect(kinds.managerOf({ name: 'Alerting: .es-query' })).toMatchObject({ label: 'Kibana alerting', owner: 'Kibana' });
  expect(kinds.managerOf({ name: 'x', metadata: { managed: true, managed_by: 'fleet', owner: 'ops' } })).toMatchObject({
    label: 'fleet',
    owner: 'ops',
  });
  expect(kinds.managerOf({ name: 'alerting: x', metadata: { managed: false } })).toBeUndefined();
});

test.each([
  ['no map', '[]', 'the file must be a map'],
  [
    'an unknown name',
    'managrs: []',
    'the file has the unknown field "managrs"; did you mean managers? (allowed: managers, templates)',
  ],
  ['a rule without match', 'managers: [{label: a, owner: b, consequence: c, match: {}}]', 'must name at least one of'],
  ['a rule without label', 'managers: [{owner: b, consequence: c, match: {username: u}}]', 'managers[0] lacks label'],
  [
    'nested metadata',
    'managers: [{label: a, owner: b, consequence: c, match: {metadata: {x: {y: 1}}}}]',
    'managers[0].match.metadata.x must be one string, number, true or false',
  ],
  ['broken YAML', 'managers: [', 'is not valid YAML or JSON'],
])('%s in the rules stops the start with its place', (_what, text, complaint) => {
  expect(() => parseManagedKeysPolicy(text)).toThrow(complaint);
});
