import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { describeWhere } from '../support/describe-where.js';
import { startLatchkey, type Latchkey } from '../support/service.js';

const FOLDER = 'clients/typescript';

const missing = await access(`${FOLDER}/dist/index.js`).then(
  () => undefined,
  () => `${FOLDER} is not built: npm run client`,
);

describeWhere(missing, 'the TypeScript client', () => {
  let sandbox: Sandbox;
  let latchkey: Latchkey;

  beforeAll(async () => {
    sandbox = await startSandbox();
    latchkey = await startLatchkey(sandbox.url);
  });
  afterAll(async () => {
    await latchkey.stop();
    await sandbox.close();
  });

  const example = (url: string, password: string): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, ['examples/keys.ts'], {
      cwd: FOLDER,
      env: {
        PATH: process.env['PATH'],
        LATCHKEY_URL: url,
        LATCHKEY_USERNAME: sandbox.username,
        LATCHKEY_PASSWORD: password,
      },
    });

  test('creates, lists and invalidates a key by its example, and tells a refusal by its code', async () => {
    const { stdout } = await example(latchkey.url, sandbox.password);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.replaceAll(/[A-Za-z0-9_-]{20}/g, 'ID')),
    ).toEqual([
      'created ID (active), a secret of 60 characters',
      'listed 1 of 1, the new one is among them',
      'invalidated ID',
      'refused with 404 key.not-found',
    ]);
  });

  test('has really made the key, and really ended it', async () => {
    const authorization = `Basic ${Buffer.from(`${sandbox.username}:${sandbox.password}`).toString('base64')}`;
    const { body } = await latchkey.call('GET', '/v1/user-keys?name=orders-exporter', { authorization });
    expect(body.items).toEqual([expect.objectContaining({ name: 'orders-exporter', status: 'invalidated' })]);
  });

  test('throws the problem of a refused credential', async () => {
    await expect(example(latchkey.url, 'wrong')).rejects.toThrow(/LatchkeyError: auth\.invalid/);
  });

  test('tells when to try again, where Latchkey says so', async () => {
    const { dataOf } = (await import(pathToFileURL(`${FOLDER}/dist/index.js`).href)) as {
      dataOf: (answer: Promise<unknown>) => Promise<unknown>;
    };
    const refused = (headers: Record<string, string>): Promise<unknown> => {
      const error = { code: 'rate.limited', detail: 'Wait.', status: 429 };
      return dataOf(Promise.resolve({ error, response: new Response(null, { status: 429, headers }) }));
    };
    await expect(refused({ 'retry-after': '7' })).rejects.toMatchObject({ code: 'rate.limited', retryAfterSeconds: 7 });
    await expect(refused({})).rejects.toMatchObject({ retryAfterSeconds: undefined });
  });

  test('says so when what answers is not Latchkey', async () => {
    await expect(example(`${latchkey.metricsUrl.replace(/\/metrics$/, '')}`, sandbox.password)).rejects.toThrow(
      /not one of Latchkey's/,
    );
  });
});
