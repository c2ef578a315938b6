import { JSON_LIMITS } from '../../src/json/json-limits.js';
import { FakeElasticsearch } from '../support/fake-elasticsearch.js';
import { JANE, startUnderTest, type Answered, type ServiceUnderTest } from '../support/fault-service.js';

const KEYS = '/v1/user-keys';

let fake: FakeElasticsearch;
let service: ServiceUnderTest;

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  service = await startUnderTest(fake, { LATCHKEY_HEADERS_TIMEOUT_MS: '700', LATCHKEY_REQUEST_TIMEOUT_MS: '1500' });
});
afterAll(async () => {
  await service.service.stop({ drainMs: 0 });
  await fake.close();
});
beforeEach(() => fake.forget());

const post = (raw: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answered> =>
  service.send('POST', KEYS, { raw, headers: { authorization: JANE, ...headers } });
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const withMetadata = (json: string): string => `{"name":"a","metadata":${json}}`;
const raw = (lines: string[], body = ''): string => `${lines.join('\r\n')}\r\n\r\n${body}`;
const get = (...headers: string[]): string => raw([`GET ${KEYS} HTTP/1.1`, 'Host: a', 'Connection: close', ...headers]);

function expectProblem(answer: Answered, status: number, code: string): void {
  expect({ status: answer.status, code: answer.json['code'] }).toEqual({ status, code });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(Object.keys(answer.json)).toEqual(
    expect.arrayContaining(['type', 'title', 'status', 'code', 'detail', 'request_id']),
  );
  expect(answer.json['request_id']).toBe(answer.headers.get('x-request-id'));
}

describe('bodies', () => {
  test.each([
    ['a trailing comma', '{"name":"a",}'],
    ['a comment', '{"name":"a"/* */}'],
    ['single quotes', "{'name':'a'}"],
    ['nothing but a blank', ' '],
    ['two documents', '{"name":"a"}{"name":"b"}'],
    ['NaN', '{"name":NaN}'],
    ['a truncated object', '{"name":"a"'],
  ])('%s is not JSON', async (_what, body) => {
    expectProblem(await post(body), 400, 'request.invalid');
  });

  test.each([
    ['a byte order mark', new Uint8Array([0xef, 0xbb, 0xbf, ...Buffer.from('{"name":"a"}')])],
    ['invalid UTF-8', new Uint8Array([...Buffer.from('{"name":"'), 0xc3, 0x28, ...Buffer.from('"}')])],
  ])('%s is refused', async (_what, body) => {
    expectProblem(await post(body), 400, 'request.invalid');
  });

  test.each([
    ['a list', '[]'],
    ['null', 'null'],
    ['a text', '"a"'],
    ['a number', '1'],
  ])('%s is no body for an operation', async (_what, body) => {
    expectProblem(await post(body), 400, 'request.invalid');
  });

  test.each([
    ['depth', withMetadata(nested(JSON_LIMITS.depth)), withMetadata(nested(19))],
    [
      'items of an array',
      withMetadata(`{"a":[${'1,'.repeat(JSON_LIMITS.arrayItems)}1]}`),
      withMetadata(`{"a":[${'1,'.repeat(JSON_LIMITS.arrayItems - 1)}1]}`),
    ],
    [
      'fields of an object',
      withMetadata(
        JSON.stringify(
          Object.fromEntries(Array.from({ length: JSON_LIMITS.objectEntries + 1 }, (_, index) => [`k${index}`, 1])),
        ),
      ),
      withMetadata(
        JSON.stringify(
          Object.fromEntries(Array.from({ length: JSON_LIMITS.objectEntries }, (_, index) => [`k${index}`, 1])),
        ),
      ),
    ],
    [
      'length of a text',
      withMetadata(JSON.stringify({ a: 'x'.repeat(JSON_LIMITS.stringLength + 1) })),
      withMetadata(JSON.stringify({ a: 'x'.repeat(JSON_LIMITS.stringLength) })),
    ],
    [
      'number of texts',
      withMetadata(
        JSON.stringify(
          Object.fromEntries(
            Array.from({ length: 11 }, (_, index) => [`k${index}`, Array.from({ length: 100 }, () => 'x')]),
          ),
        ),
      ),
      withMetadata(
        JSON.stringify(
          Object.fromEntries(
            Array.from({ length: 9 }, (_, index) => [`k${index}`, Array.from({ length: 100 }, () => 'x')]),
          ),
        ),
      ),
    ],
    [
      'number of values',
      withMetadata(
        JSON.stringify(
          Object.fromEntries(
            Array.from({ length: 51 }, (_, index) => [`k${index}`, Array.from({ length: 100 }, () => 1)]),
          ),
        ),
      ),
      withMetadata(
        JSON.stringify(
          Object.fromEntries(
            Array.from({ length: 49 }, (_, index) => [`k${index}`, Array.from({ length: 100 }, () => 1)]),
          ),
        ),
      ),
    ],
  ])('the limit on the %s holds at its edge', async (_what, beyond, within) => {
    expectProblem(await post(beyond), 400, 'request.invalid');
    expect((await post(within)).status).toBe(201);
  });

  test('64 KiB are read and one byte more is 413', async () => {
    const padded = (size: number): string => `{"name":"a"${' '.repeat(size - 12)}}`;
    expect((await post(padded(65_536))).status).toBe(201);
    expectProblem(await post(padded(65_537)), 413, 'request.too-large');
  });

  test('a depth bomb of 64 KiB is refused at once', async () => {
    const answer = await post('['.repeat(32_000) + ']'.repeat(32_000));
    expectProblem(answer, 400, 'request.invalid');
  });

  test.each(['{"__proto__":{"x":1},"name":"a"}', withMetadata('{"a":{"__proto__":{}}}')])(
    '__proto__ is refused: %s',
    async (body) => {
      expectProblem(await post(body), 400, 'request.invalid');
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    },
  );

  test.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['application/json; charset=latin1'],
    ['multipart/form-data; boundary=x'],
    ['application/jsonx'],
    ['application/merge-patch+json'],
  ])('the media type %s is 415', async (type) => {
    expectProblem(await post('{"name":"a"}', { 'content-type': type }), 415, 'request.unsupported-media-type');
  });

  test.each([['application/json; charset=utf-8'], ['APPLICATION/JSON'], ['application/json;charset="UTF-8"']])(
    'the media type %s is read',
    async (type) => {
      expect((await post('{"name":"a"}', { 'content-type': type })).status).toBe(201);
    },
  );

  test('a compressed body is 415', async () => {
    expectProblem(await post('{"name":"a"}', { 'content-encoding': 'gzip' }), 415, 'request.unsupported-media-type');
  });

  test('without a credential the answer is 401, whatever the body', async () => {
    for (const body of ['{"broken', 'x'.repeat(100_000)]) {
      expectProblem(await service.send('POST', KEYS, { raw: body }), 401, 'auth.missing');
    }
    expect(fake.requests).toEqual([]);
  });
});

describe('headers', () => {
  test.each([
    ['two Authorization headers', [`Authorization: ${JANE}`, `Authorization: ${JANE}`], 400],
    [
      'two ES-Client-Authentication headers',
      [
        `Authorization: ${JANE}`,
        'ES-Client-Authentication: SharedSecret a',
        'ES-Client-Authentication: SharedSecret b',
      ],
      400,
    ],
    ['es-security-runas-user', [`Authorization: ${JANE}`, 'es-security-runas-user: elastic'], 400],
    ['es-secondary-authorization', [`Authorization: ${JANE}`, `es-secondary-authorization: ${JANE}`], 400],
    ['65 headers', [`Authorization: ${JANE}`, ...Array.from({ length: 62 }, (_, index) => `X-${index}: 1`)], 431],
    ['17 KiB of headers', [`Authorization: ${JANE}`, `X-Long: ${'x'.repeat(17 * 1024)}`], 431],
  ])('%s are refused, and Elasticsearch is not asked', async (_what, headers, status) => {
    const answer = await service.speak(get(...headers));
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer).toContain('application/problem+json');
    expect(fake.requests).toEqual([]);
  });

  test.each([
    [
      'Content-Length and Transfer-Encoding',
      raw(
        [
          `POST ${KEYS} HTTP/1.1`,
          'Host: a',
          `Authorization: ${JANE}`,
          'Content-Type: application/json',
          'Content-Length: 5',
          'Transfer-Encoding: chunked',
        ],
        '0\r\n\r\n',
      ),
    ],
    ['two lengths', raw([`POST ${KEYS} HTTP/1.1`, 'Host: a', 'Content-Length: 5', 'Content-Length: 6'], 'abcdef')],
    ['a blank before the colon', raw([`GET ${KEYS} HTTP/1.1`, 'Host: a', 'Authorization : x'])],
    ['no Host', raw([`GET ${KEYS} HTTP/1.1`])],
    ['nonsense', 'nonsense\r\n\r\n'],
  ])('broken framing (%s) is a 400 and ends the connection', async (_what, bytes) => {
    const answer = await service.speak(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(fake.requests).toEqual([]);
  });

  test('slow headers are 408', async () => {
    expect(await service.speak(`GET ${KEYS} HTTP/1.1\r\nHost: a\r\n`)).toContain('HTTP/1.1 408 ');
  });

  test('a slow body is 408', async () => {
    const slow = raw(
      [
        `POST ${KEYS} HTTP/1.1`,
        'Host: a',
        `Authorization: ${JANE}`,
        'Content-Type: application/json',
        'Content-Length: 100',
      ],
      '{"na',
    );
    expect(await service.speak(slow)).toContain('HTTP/1.1 408 ');
  });

  test('a request id is taken over when it is well-formed, and made otherwise', async () => {
    const given = await service.send('GET', KEYS, {
      headers: { authorization: JANE, 'x-request-id': 'deploy-4711.a_b' },
    });
    expect(given.headers.get('x-request-id')).toBe('deploy-4711.a_b');
    for (const bad of ['short', 'with blank', 'x'.repeat(65), '{"a":1}aaaa']) {
      expect(
        (await service.send('GET', KEYS, { headers: { authorization: JANE, 'x-request-id': bad } })).headers.get(
          'x-request-id',
        ),
      ).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  test('answers carry the security headers', async () => {
    const { headers } = await service.send('GET', KEYS, { headers: { authorization: JANE } });
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });
});

describe('routes', () => {
  test('an unknown path is 404, also without a credential', async () => {
    expectProblem(await service.send('GET', '/v1/nothing-here'), 404, 'route.not-found');
    expectProblem(await service.send('GET', '/'), 404, 'route.not-found');
  });

  test.each([
    ['PUT', KEYS, 'POST, GET, HEAD'],
    ['DELETE', KEYS, 'POST, GET, HEAD'],
    ['OPTIONS', KEYS, 'POST, GET, HEAD'],
    ['POST', `${KEYS}/abc`, 'GET, HEAD, PATCH, DELETE'],
    ['POST', '/v1/session', 'GET, HEAD'],
    ['GET', '/v1/cross-cluster-keys/abc/rotate', 'POST'],
    ['QUERY', '/v1/session', 'GET, HEAD'],
    ['OPTIONS', `${KEYS}/_summary`, 'GET, HEAD'],
    ['OPTIONS', `${KEYS}/_invalidate`, 'POST'],
    ['DELETE', `${KEYS}/_summary`, 'GET, HEAD'],
    ['GET', `${KEYS}/_invalidate`, 'POST'],
    ['PATCH', '/v1/managed-keys/_expiring.ics?within=30d', 'GET, HEAD'],
  ])('%s %s is 405 with Allow: %s', async (method, path, allow) => {
    const answer = await service.send(method, path, { headers: { authorization: JANE } });
    expectProblem(answer, 405, 'route.method-not-allowed');
    expect(answer.headers.get('allow')).toBe(allow);
  });

  test('QUERY where there is no such route is 404', async () => {
    expectProblem(
      await service.send('QUERY', '/v1/never-was', { headers: { authorization: JANE } }),
      404,
      'route.not-found',
    );
  });

  test('TRACE is 405', async () => {
    expect(
      await service.speak(
        raw(['TRACE /v1/session HTTP/1.1', 'Host: a', `Authorization: ${JANE}`, 'Connection: close']),
      ),
    ).toContain('HTTP/1.1 405 ');
  });

  test('HEAD answers as GET, without a body', async () => {
    const answer = await service.send('HEAD', KEYS, { headers: { authorization: JANE } });
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: '' });
  });

  test.each([
    '/v1/user-keys/%zz',
    '/v1/user-keys/..%2f_all',
    `/v1/user-keys/${'x'.repeat(600)}`,
    '/v1/user-keys/a%00b',
  ])('the path %s is 400', async (path) => {
    expectProblem(await service.send('GET', path, { headers: { authorization: JANE } }), 400, 'request.invalid');
    expect(fake.requests.filter(({ endpoint }) => endpoint === 'query')).toEqual([]);
  });
});
