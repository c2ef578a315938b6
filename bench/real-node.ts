/**
 * What the promises cost on a real Elasticsearch: one request after the other at random moments, directly and through Latchkey.
 * `node bench/real-node.ts --elasticsearch http://127.0.0.1:9200 [--user elastic:changeme] [--count 20] [--main dist/main.js]`
 */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../test/support/free-port.ts';
import { launch, type Running, SERVER_CORE, untilAnswered } from './processes.ts';
import { METADATA, ROLE_DESCRIPTORS } from './upstream/answers.ts';

const { values } = parseArgs({
  options: {
    elasticsearch: { type: 'string' },
    user: { type: 'string', default: 'elastic:changeme' },
    count: { type: 'string', default: '20' },
    main: { type: 'string', default: 'dist/main.js' },
  },
});
const elasticsearch = values.elasticsearch ?? 'http://127.0.0.1:9200';
const count = Number(values.count);
const headers = {
  authorization: `Basic ${Buffer.from(values.user).toString('base64')}`,
  'content-type': 'application/json',
};
const BODY = { name: 'latchkey-bench', expiration: '1h', metadata: METADATA, role_descriptors: ROLE_DESCRIPTORS };

/** Elasticsearch refreshes once a second: without a pause of its own, each call would start right after a refresh. */
const REFRESH_INTERVAL_MS = 1000;

interface Answer {
  id: string;
  key: { id: string };
}

async function call(method: string, url: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text.slice(0, 300)}`);
  return (text === '' ? {} : JSON.parse(text)) as Answer;
}

async function time(name: string, times: number, work: (index: number) => Promise<unknown>): Promise<void> {
  await work(-1);
  const histogram: RecordableHistogram = createHistogram();
  for (let index = 0; index < times; index += 1) {
    await sleep(Math.random() * REFRESH_INTERVAL_MS);
    const started = performance.now();
    await work(index);
    histogram.record(Math.max(1, Math.round((performance.now() - started) * 1000)));
  }
  const ms = (micros: number): string => (micros / 1000).toFixed(1).padStart(9);
  console.log(
    `${name.padEnd(46)}${ms(histogram.min)}${ms(histogram.percentile(50))}${ms(histogram.max)}${String(times).padStart(6)}`,
  );
}

async function run(latchkey: string): Promise<void> {
  const ids: string[] = [];
  const spare: string[] = [];
  const createThrough = (refresh: string, into: string[]) => async (): Promise<void> => {
    into.push((await call('POST', `${latchkey}/v1/user-keys?refresh=${refresh}`, BODY)).key.id);
  };
  const createDirectly = (refresh: string) => async (): Promise<void> => {
    spare.push((await call('POST', `${elasticsearch}/_security/api_key?refresh=${refresh}`, BODY)).id);
  };
  const slow = Math.max(3, Math.round(count / 2));
  console.log(`${'milliseconds'.padEnd(46)}      min      p50      max     n`);
  for (const refresh of ['true', 'false']) {
    await time(`create, refresh=${refresh}, Elasticsearch`, count, createDirectly(refresh));
    await time(`create, refresh=${refresh}, Latchkey`, count, createThrough(refresh, refresh === 'true' ? ids : spare));
  }
  await time('create, refresh=wait_for, Elasticsearch', slow, createDirectly('wait_for'));
  await time('create, refresh=wait_for, Latchkey', slow, createThrough('wait_for', spare));
  const id = ids[0] ?? '';
  await time('get one key, Elasticsearch (query by id)', count, () =>
    call('POST', `${elasticsearch}/_security/_query/api_key`, { query: { ids: { values: [id] } } }),
  );
  await time('get one key, Latchkey', count, () => call('GET', `${latchkey}/v1/user-keys/${id}`));
  await time('update, Elasticsearch', slow, (index) =>
    call('PUT', `${elasticsearch}/_security/api_key/${id}`, { metadata: { index } }),
  );
  await time('update, Latchkey', slow, (index) =>
    call('PATCH', `${latchkey}/v1/user-keys/${id}`, { metadata: { index: index + 1000 } }),
  );
  await time('invalidate, Elasticsearch', slow, () =>
    call('DELETE', `${elasticsearch}/_security/api_key`, { ids: [spare.pop()] }),
  );
  await time('invalidate, Latchkey (confirmed dead)', slow, () =>
    call('DELETE', `${latchkey}/v1/user-keys/${ids.pop()}`),
  );
  await call('DELETE', `${elasticsearch}/_security/api_key`, { ids: [...ids, ...spare] });
}

const port = await freePort();
let latchkey: Running | undefined;
try {
  latchkey = launch(
    {
      args: [values.main],
      core: SERVER_CORE,
      env: {
        NODE_ENV: 'production',
        LATCHKEY_ALLOW_INSECURE_ELASTICSEARCH: 'true',
        LATCHKEY_HOST: '127.0.0.1',
        LATCHKEY_PORT: String(port),
        LATCHKEY_METRICS_PORT: '0',
        ELASTICSEARCH_URL: elasticsearch,
      },
    },
    port,
  );
  await untilAnswered(latchkey, { method: 'GET', path: '/v1/session', headers, expectedStatus: 200 });
  await run(`http://127.0.0.1:${port}`);
} finally {
  await latchkey?.stop();
}
