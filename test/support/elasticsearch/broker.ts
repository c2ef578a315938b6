import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NodePool } from './pool.ts';
import { messageOf, type ElasticsearchTarget, type RunningElasticsearch } from './types.ts';

/** The environment variable by which Jest's workers find the broker of their run. */
export const BROKER_VARIABLE = 'LATCHKEY_TEST_ELASTICSEARCH_BROKER';

type NodeFields = Omit<RunningElasticsearch, 'stop'>;

/** What can be asked of the broker, and the value of its answer; null stands for undefined. */
export interface BrokerAnswers {
  unavailable: string | null;
  unobtainable: string | null;
  node: NodeFields;
}

/** The first request for something starts the work; it is asked again until it is no longer pending. */
export type BrokerState<T> = { state: 'pending' } | { state: 'done'; value: T } | { state: 'failed'; reason: string };

export interface Broker {
  url: string;
  /** Stops the nodes, then the broker. */
  stop(): Promise<void>;
}

/**
 * Lends the nodes of one process, the main one of a Jest run, to the others. Nodes belong to that process, so they
 * outlive any worker and never the run; and there is nothing to lock.
 */
export async function startBroker(): Promise<Broker> {
  const pool = new NodePool();
  const states = new Map<string, BrokerState<unknown>>();
  const secret = randomBytes(16).toString('hex');
  const work: { [K in keyof BrokerAnswers]: (target: ElasticsearchTarget) => Promise<BrokerAnswers[K]> } = {
    unavailable: async (target) => (await pool.whyUnavailable(target)) ?? null,
    unobtainable: async (target) => (await pool.whyUnobtainable(target)) ?? null,
    node: async (target) => fieldsOf(await pool.get(target)),
  };

  function stateOf(key: string, start: () => Promise<unknown>): BrokerState<unknown> {
    const known = states.get(key);
    if (known !== undefined) return known;
    const pending: BrokerState<unknown> = { state: 'pending' };
    states.set(key, pending);
    start().then(
      (value) => states.set(key, { state: 'done', value }),
      (error: unknown) => states.set(key, { state: 'failed', reason: messageOf(error) }),
    );
    return pending;
  }

  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const url = new URL(request.url ?? '/', 'http://broker');
    const [, given, what] = url.pathname.split('/');
    const found = Object.entries(work).find(([name]) => name === what);
    if (given !== secret || found === undefined) return void response.writeHead(404).end();
    const state = stateOf(`${url.pathname}${url.search}`, () => found[1](targetOf(url.searchParams)));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(state));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/${secret}`,
    async stop() {
      await pool.stop();
      server.close();
      server.closeAllConnections();
    },
  };
}

function fieldsOf({ url, username, password, version, license, source }: RunningElasticsearch): NodeFields {
  return { url, username, password, version, license, source };
}

function targetOf(query: URLSearchParams): ElasticsearchTarget {
  return { version: query.get('version') ?? '', license: query.get('license') === 'basic' ? 'basic' : 'trial' };
}
