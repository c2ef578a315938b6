import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, SEEDED_KEY } from '../support/fault-service.js';
import { eventually, until } from '../support/wait.js';

interface Ended {
  code: number | null;
  output: string;
}

const children: ChildProcess[] = [];

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'ignore' });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function launch(env: Record<string, string>): { child: ChildProcess; output: () => string; ended: Promise<Ended> } {
  const child = spawn(process.execPath, ['dist/main.js'], {
    env: {
      PATH: process.env['PATH'] ?? '',
      LATCHKEY_HOST: '127.0.0.1',
      LATCHKEY_PORT: '0',
      LATCHKEY_METRICS_PORT: '0',
      ...env,
    },
  });
  children.push(child);
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, output })));
  return { child, output: () => output, ended };
}

async function portOf(output: () => string): Promise<number> {
  return eventually(() => {
    const port = /"port":(\d+),"metrics_port"/.exec(output())?.[1];
    if (port === undefined) throw new Error(`not listening: ${output()}`);
    return Number(port);
  });
}

test.each([
  ['production without an Elasticsearch', { NODE_ENV: 'production' }, 'ELASTICSEARCH_URL'],
  ['a bad port', { LATCHKEY_PORT: 'eighty' }, 'LATCHKEY_PORT'],
  ['an unknown setting', { LATCHKEY_PROT: '1' }, 'LATCHKEY_PROT'],
  ['TLS checks switched off for all of Node', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, 'NODE_TLS_REJECT_UNAUTHORIZED'],
  ["the client's debug output, which prints secrets", { DEBUG: 'elasticsearch' }, 'DEBUG'],
])('%s stops the start with one line that names it, and listens nowhere before', async (_what, env, name) => {
  const { code, output } = await launch(env).ended;
  expect(code).toBe(1);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(output).toContain(name);
});

test('a port that is taken stops the start with a line that says so', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as AddressInfo;
  const { code, output } = await launch({ LATCHKEY_PORT: String(port) }).ended;
  blocker.close();
  expect(code).toBe(1);
  expect(output).toContain('EADDRINUSE');
});

test('SIGTERM under load ends with code 0, every request answered and every line written', async () => {
  const fake = await FakeElasticsearch.start();
  fake.addKey({ id: SEEDED_KEY });
  fake.latencyMs.set('query', 200);
  const { child, output, ended } = launch({
    ELASTICSEARCH_URL: fake.url,
    LATCHKEY_DRAIN_MS: '300',
    LATCHKEY_SHUTDOWN_TIMEOUT_MS: '600000',
  });
  const port = await portOf(output);
  const answers = Array.from({ length: 20 }, (_, index) =>
    fetch(`http://127.0.0.1:${port}/v1/user-keys/${SEEDED_KEY}`, {
      headers: { authorization: JANE, 'x-request-id': `in-flight-${index}` },
    }).then((response) => response.status),
  );
  await until(() => fake.received('query').length === answers.length);
  child.kill('SIGTERM');
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 20 }, () => 200));
  const { code, output: all } = await ended;
  await fake.close();
  expect(code).toBe(0);
  for (let index = 0; index < 20; index += 1) expect(all).toContain(`"request_id":"in-flight-${index}"`);
  expect(all).toContain('"msg":"stopped"');
});

test('without settings the sandbox starts loudly, and the first line to paste creates a key', async () => {
  const { child, output, ended } = launch({});
  await portOf(output);
  await until(() => output().includes('curl'));
  expect(output()).toContain('SANDBOX');
  expect(output()).toMatch(/Swagger UI +http:\/\/127\.0\.0\.1:\d+\/docs/);
  const [, user = '', url = '', body = ''] =
    /curl -s -u (\S+) -H 'content-type: application\/json' (\S+) -d '(.+)'/.exec(output()) ?? [];
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', authorization: `Basic ${Buffer.from(user).toString('base64')}` },
  });
  expect(response.status).toBe(201);
  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
});
