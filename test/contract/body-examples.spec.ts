import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { startLatchkey, type Latchkey } from '../support/service.js';

interface DocumentedOperation {
  operationId: string;
  security: Array<Record<string, unknown>>;
  requestBody?: { content: Record<string, { examples?: Record<string, { value: Record<string, unknown> }> }> };
}

const { paths } = load(readFileSync('openapi.yaml', 'utf8')) as {
  paths: Record<string, Record<string, DocumentedOperation>>;
};

/** Operations of callers that take a body; workloads are not served by Swagger UI. */
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(
      ([, { requestBody, security }]) => requestBody !== undefined && security.some((scheme) => 'basic' in scheme),
    )
    .map(([method, { operationId, requestBody }]) => ({
      operationId,
      method: method.toUpperCase(),
      path,
      examples: requestBody?.content['application/json']?.examples ?? {},
    })),
);
const examples = operations.flatMap(({ examples: all, ...operation }) =>
  Object.entries(all).map(([name, { value }]) => ({ ...operation, name, value })),
);

describe('bodies in Swagger UI', () => {
  let sandbox: Sandbox;
  let latchkey: Latchkey;

  beforeAll(async () => {
    sandbox = await startSandbox();
    latchkey = await startLatchkey(sandbox.url, { LATCHKEY_INVALIDATION_SETTLE_MS: '0' });
  });
  afterAll(async () => {
    await latchkey.stop();
    await sandbox.close();
  });

  test('there are operations with bodies to speak of', () => {
    expect(operations.length).toBeGreaterThan(12);
  });

  test.each(operations)(
    '$operationId has an example of its own, which Swagger UI shows in place of a made-up body',
    ({ examples: all }) => {
      expect(Object.keys(all).length).toBeGreaterThan(0);
    },
  );

  test.each(examples)('$operationId: the example "$name" opens no safety latch', ({ value }) => {
    expect(Object.keys(value).filter((name) => name.startsWith('allow_'))).toEqual([]);
  });

  test.each(examples)('$operationId: the example "$name" is a valid body', async ({ method, path, value }) => {
    const authorization = `Basic ${Buffer.from(`${sandbox.username}:${sandbox.password}`).toString('base64')}`;
    const url = path.replace(/\{[^}]+\}/g, 'VuaCfGcBCdbkQm-e5aOx');
    const { status, body } = await latchkey.call(method, url, { authorization, body: value });
    expect([status === 400, status === 400 ? body.errors : []]).toEqual([false, []]);
  });
});
