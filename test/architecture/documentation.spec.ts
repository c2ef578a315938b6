import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  isOfWorkloads,
  OPERATION_IDS,
  OPERATIONS,
  type Operation,
  type OperationId,
} from '../../src/operations/operations.js';
import { ERROR_REGISTRY } from '../../src/errors/error-registry.js';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { startUnderTest } from '../support/fault-service.js';

interface Documented {
  operationId?: string;
  responses: Record<string, { content?: Record<string, unknown> }>;
  security?: Array<Record<string, unknown>>;
  'x-privileges'?: unknown;
}

interface OpenApi {
  paths: Record<string, Record<string, Documented>>;
}

let document: OpenApi;
let documented: Array<Documented & { route: string }>;

beforeAll(async () => {
  const fake = await FakeElasticsearch.start();
  const latchkey = await startUnderTest(fake, { LATCHKEY_DOCS_ENABLED: 'true' });
  document = (await latchkey.send('GET', '/openapi.json')).json as unknown as OpenApi;
  await latchkey.service.stop();
  await fake.close();
  documented = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, route: `${method.toUpperCase()} ${path}` })),
  );
});

const of = (id: OperationId): Documented => documented.find(({ operationId }) => operationId === id) as Documented;

test('every operation of the table is documented by exactly one route, and nothing else is', () => {
  expect(documented.map(({ operationId }) => operationId).sort()).toEqual([...OPERATION_IDS].sort());
});

test.each(OPERATION_IDS)(
  'the document names the privileges, the license and the identity of %s as the table does',
  (id) => {
    const { anyOf, license, runsAs }: Operation = OPERATIONS[id];
    expect(of(id)['x-privileges']).toEqual({ any_of: anyOf, license, runs_as: runsAs });
  },
);

test.each(OPERATION_IDS)('%s is documented with each way to authenticate', (id) => {
  const expected = isOfWorkloads(OPERATIONS[id])
    ? ['workloadCertificate', 'workloadToken']
    : ['apiKey', 'basic', 'bearer'];
  expect(
    of(id)
      .security?.flatMap((scheme) => Object.keys(scheme))
      .sort(),
  ).toEqual(expected);
});

test.each(OPERATION_IDS)('%s is documented with the failures that every operation has', (id) => {
  const { anyOf }: Operation = OPERATIONS[id];
  expect(Object.keys(of(id).responses)).toEqual(
    expect.arrayContaining(['401', ...(anyOf.length > 0 ? ['403'] : []), '429', '502', '503', '504']),
  );
});

test.each(OPERATION_IDS)('every failure that %s is documented with is problem+json', (id) => {
  const failures = Object.entries(of(id).responses).filter(([status]) => Number(status) >= 400);
  expect(failures.filter(([, { content = {} }]) => Object.keys(content).join() !== 'application/problem+json')).toEqual(
    [],
  );
});

test('every error code is answered somewhere in the source', () => {
  const source = sourceFiles('src')
    .filter((path) => !path.startsWith(join('src', 'errors')))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  const unused = Object.keys(ERROR_REGISTRY).filter((code) => !source.includes(`'${code}'`));
  expect(unused).toEqual([]);
});

test('every status that a code has is documented for some operation, but those of the framework', () => {
  const statuses = new Set(documented.flatMap(({ responses }) => Object.keys(responses).map(Number)));
  const missing = [...new Set(Object.values(ERROR_REGISTRY).map(({ status }) => status))].filter(
    (status) => !statuses.has(status),
  );
  // 405, 408 and 431 come before there is an operation; 500 is a defect; 501 is a property of the cluster.
  expect(missing.filter((status) => ![405, 408, 431, 500, 501].includes(status))).toEqual([]);
});

test('the environment is read in src/config alone', () => {
  const readers = sourceFiles('src').filter(
    (path) => !path.startsWith(join('src', 'config')) && /process\.env/.test(readFileSync(path, 'utf8')),
  );
  expect(readers).toEqual([]);
});

test('a secret is revealed where it is sent to Elasticsearch, a key is derived from it, a token is verified or a workload is given its key, and nowhere else', () => {
  const revealing = sourceFiles('src').filter((path) => /\.reveal\(\)/.test(readFileSync(path, 'utf8')));
  expect(revealing.sort()).toEqual([
    join('src', 'credentials', 'hand-out.ts'),
    join('src', 'elasticsearch', 'derived-key.ts'),
    join('src', 'elasticsearch', 'upstream.ts'),
    join('src', 'workload-identity', 'token-verifier.ts'),
  ]);
});

test('the client of Elasticsearch is imported in src/elasticsearch alone', () => {
  const importers = sourceFiles('src').filter(
    (path) => !path.startsWith(join('src', 'elasticsearch')) && /from '@elastic\//.test(readFileSync(path, 'utf8')),
  );
  expect(importers).toEqual([]);
});

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(folder, path));
}
