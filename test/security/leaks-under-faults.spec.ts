import { randomBytes } from 'node:crypto';
import { FakeElasticsearch, FAULTS, type FaultName } from '../support/fake-elasticsearch.js';
import { CALL_NAMES, SEEDED_KEY, startUnderTest, type ServiceUnderTest } from '../support/fault-service.js';
import { leaksIn } from '../support/leaks.js';

/** Not the two that only make large answers: they are shown in test/fault. */
const FAULT_NAMES = (Object.keys(FAULTS) as FaultName[]).filter((name) => !['oversized', 'gzipBomb'].includes(name));

let fake: FakeElasticsearch;
let latchkey: ServiceUnderTest;
const printed: string[] = [];
const restore: Array<() => void> = [];

/** What anything prints past the log: `console`, warnings of Node, debug output of libraries. */
function overhear(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  const listening = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    printed.push(Buffer.from(chunk as string).toString());
    return write(chunk, ...rest);
  };
  const original = stream.write;
  stream.write = listening;
  restore.push(() => (stream.write = original));
}

beforeAll(async () => {
  fake = await FakeElasticsearch.start();
  latchkey = await startUnderTest(fake, {
    LATCHKEY_PRIVILEGES_TIMEOUT_MS: '300',
    LATCHKEY_ELASTICSEARCH_TIMEOUT_MS: '300',
  });
  overhear(process.stdout);
  overhear(process.stderr);
});

afterAll(async () => {
  for (const undo of restore) undo();
  await latchkey.service.stop();
  await fake.close();
});

const canary = (): string => `cnry${randomBytes(12).toString('hex')}`;

interface Inputs {
  /** Never to be seen again by anybody. */
  credentials: string[];
  /** May stand in the answer to who sent them, but in no log. */
  content: string[];
}

/** Sends everything a caller can send, each place with a secret of its own. */
async function sendEverything(inputs: Inputs): Promise<string> {
  const secret = (): string => inputs.credentials[inputs.credentials.push(canary()) - 1];
  const content = (): string => inputs.content[inputs.content.push(canary()) - 1];
  const credentials = (): Array<Record<string, string>> => [
    { authorization: `Basic ${Buffer.from(`${secret()}:${secret()}`).toString('base64')}` },
    { authorization: `Bearer ${secret()}`, 'es-client-authentication': `SharedSecret ${secret()}` },
    { authorization: `ApiKey ${Buffer.from(`${secret()}:${secret()}`).toString('base64')}` },
    { authorization: `Negotiate ${secret()}` },
    { authorization: secret() },
    { authorization: `Basic ${secret()} ${secret()}` },
    { 'x-api-key': secret(), cookie: `session=${secret()}`, 'proxy-authorization': `Basic ${secret()}` },
  ];
  const answers = await Promise.all([
    // Each with a key of its own: writes to one key wait for each other.
    ...CALL_NAMES.flatMap((name) =>
      credentials().map((headers, index) =>
        latchkey.call(name, { authorization: '', ...headers }, `key-${name.replace('.', '-')}-${index}`),
      ),
    ),
    ...[
      {
        name: content(),
        metadata: { [content()]: content() },
        role_descriptors: { [content()]: { cluster: [content()] } },
      },
      { name: content(), [content()]: content() },
      { name: `${content()}\r\n${content()}` },
      { name: 'a', expiration: content() },
    ].map((body) =>
      latchkey.send('POST', '/v1/user-keys', {
        body,
        headers: { authorization: `Bearer ${secret()}`, 'idempotency-key': content() },
      }),
    ),
    latchkey.send('POST', '/v1/user-keys', {
      raw: `{"name":"${content()}`,
      headers: { authorization: `Bearer ${secret()}` },
    }),
    latchkey.send('POST', '/v1/user-keys', {
      raw: content(),
      headers: { authorization: `Bearer ${secret()}`, 'content-type': `text/${content()}` },
    }),
    latchkey.send('PATCH', `/v1/user-keys/${SEEDED_KEY}`, {
      body: { metadata: { a: content() } },
      headers: { authorization: `Bearer ${secret()}`, 'if-match': `"${content()}"` },
    }),
    latchkey.send('GET', `/v1/user-keys/${content()}?with_limited_by=${content()}`, {
      headers: { authorization: `Bearer ${secret()}` },
    }),
    latchkey.send(
      'GET',
      `/v1/user-keys?name=${content()}&username=${content()}&cursor=${content()}&${content()}=${content()}`,
      { headers: { authorization: `Bearer ${secret()}` } },
    ),
    latchkey.send('GET', `/${content()}/${content()}?${content()}`, {
      headers: { authorization: `Bearer ${secret()}` },
    }),
    latchkey.send('GET', '/v1/session', {
      headers: {
        authorization: `Bearer ${secret()}`,
        'x-request-id': `${content()} ${content()}`,
        'user-agent': content(),
        referer: `http://a/${content()}`,
      },
    }),
  ]);
  return answers.map(({ text, headers }) => text + JSON.stringify([...headers])).join('\n');
}

describe.each(['nothing', ...FAULT_NAMES] as const)('when Elasticsearch fails by %s', (fault) => {
  const inputs: Inputs = { credentials: [], content: [] };
  let answers: string;
  let behind: string;

  beforeAll(async () => {
    fake.forget();
    for (const name of CALL_NAMES)
      for (let index = 0; index < 7; index += 1) fake.addKey({ id: `key-${name.replace('.', '-')}-${index}` });
    fake.addKey({ id: SEEDED_KEY });
    latchkey.clearLog();
    printed.length = 0;
    if (fault !== 'nothing')
      for (const endpoint of ['query', 'create', 'update', 'invalidate', 'license'] as const)
        fake.break(endpoint, FAULTS[fault]);
    answers = await sendEverything(inputs);
    behind = [latchkey.log(), await latchkey.metrics(), ...printed].join('\n');
  });

  test('no credential of a caller is in any answer', () => {
    expect(leaksIn(answers, inputs.credentials)).toEqual([]);
  });

  test('no credential of a caller is in the log, the metrics or the output', () => {
    expect(leaksIn(behind, inputs.credentials)).toEqual([]);
  });

  test('nothing else that a caller sent is in the log, the metrics or the output', () => {
    expect(leaksIn(behind, inputs.content)).toEqual([]);
  });

  test('no secret of Elasticsearch is in the log, the metrics or the output', () => {
    expect(leaksIn(behind, [...fake.canaries, ...fake.secrets])).toEqual([]);
  });

  test('every line of the log is one JSON object', () => {
    const lines = latchkey
      .log()
      .split('\n')
      .filter((line) => line !== '');
    expect(lines.filter((line) => !/^\{.*\}$/.test(line))).toEqual([]);
  });
});

test('the search for leaks finds a secret in every form it is meant to find', () => {
  const secret = 'a"b/c+d=é-0123456789';
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify({ secret }),
    bytes.toString('hex'),
    bytes.toString('base64'),
    Buffer.from(`x:${secret}`).toString('base64'),
    Buffer.from(`xy:${secret}:z`).toString('base64url'),
  ];
  expect(forms.filter((form) => leaksIn(`before ${form} after`, [secret]).length === 0)).toEqual([]);
});
