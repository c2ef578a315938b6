import { Agent, request } from 'node:http';

const ANSWER_LIMIT_MS = 300_000;
/** One request in this many makes a key; the others read one. */
const CREATE_EVERY = 25;

export interface Client {
  /** For the report: "kept connection, over TCP". */
  kind: string;
  port: number;
  keepAlive: boolean;
}

export interface LoadReport {
  requests: number;
  /** What went wrong, in words, and how often. */
  failures: Record<string, number>;
  byKind: Record<string, number>;
  milliseconds: { p50: number; p99: number; max: number };
}

export interface Load {
  requests(): number;
  stop(): Promise<LoadReport>;
}

/** Each client sends its next request when the last one is answered, until `stop`. Nothing is sent twice. */
export function startLoad(clients: readonly Client[], keyId: string, authorization: string): Load {
  const durationsMs: number[] = [];
  const failures: Record<string, number> = {};
  const byKind: Record<string, number> = {};
  let stopping = false;

  async function run({ kind, port, keepAlive }: Client): Promise<void> {
    const agent = keepAlive ? new Agent({ keepAlive: true, maxSockets: 1 }) : false;
    for (let count = 0; !stopping; count += 1) {
      const create = count % CREATE_EVERY === 0;
      const started = performance.now();
      const wrong = await send({ port, agent, keyId, authorization, create });
      durationsMs.push(performance.now() - started);
      byKind[kind] = (byKind[kind] ?? 0) + 1;
      if (wrong !== undefined) {
        const text = `${create ? 'create' : 'get'}, ${kind}: ${wrong}`;
        failures[text] = (failures[text] ?? 0) + 1;
      }
    }
    if (agent !== false) agent.destroy();
  }

  const running = clients.map(run);
  return {
    requests: () => durationsMs.length,
    async stop() {
      stopping = true;
      await Promise.all(running);
      durationsMs.sort((a, b) => a - b);
      const at = (share: number): number =>
        durationsMs[Math.min(durationsMs.length - 1, Math.floor(durationsMs.length * share))] ?? 0;
      return {
        requests: durationsMs.length,
        failures,
        byKind,
        milliseconds: { p50: at(0.5), p99: at(0.99), max: at(1) },
      };
    },
  };
}

interface Sending {
  port: number;
  agent: Agent | false;
  keyId: string;
  authorization: string;
  create: boolean;
}

/** What is wrong with the answer; undefined when nothing is. */
function send({ port, agent, keyId, authorization, create }: Sending): Promise<string | undefined> {
  const body = create ? JSON.stringify({ name: 'made-while-restarting', expiration: '1h' }) : undefined;
  const headers = {
    authorization,
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  };
  const path = create ? '/v1/user-keys' : `/v1/user-keys/${keyId}`;
  return new Promise((resolve) => {
    const outgoing = request(
      { host: '127.0.0.1', port, path, method: create ? 'POST' : 'GET', headers, agent, timeout: ANSWER_LIMIT_MS },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => (text += chunk));
        answer.on('error', (error) => resolve(`broken answer, ${error.message}`));
        answer.on('end', () =>
          resolve(
            answer.statusCode === (create ? 201 : 200) && isWhole(text)
              ? undefined
              : `${answer.statusCode} ${text.slice(0, 80)}`,
          ),
        );
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer for ${ANSWER_LIMIT_MS / 1000} s`)));
    outgoing.on('error', (error) => resolve(error.message || String(error)));
    outgoing.end(body);
  });
}

function isWhole(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}
