import { loadSettings } from '../../src/config/load-settings.js';
import { startService } from '../../src/service.js';
import type { Endpoint } from '../support/elasticsearch/index.ts';

export const KEYS = '/v1/cross-cluster-keys';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** Parsed; {} when there is none. */
  body: ReturnType<typeof JSON.parse>;
}

export interface Latchkey {
  /** `who`: somebody with a credential, or the credential itself. */
  send(who: { authorization: string } | string, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Everything logged so far, at level trace. */
  log(): string;
  stop(): Promise<void>;
}

/** Latchkey in this process, with its default caches and limits unless `env` says otherwise. */
export async function startLatchkey(es: Pick<Endpoint, 'url'>, env: Record<string, string> = {}): Promise<Latchkey> {
  const lines: string[] = [];
  const settings = loadSettings({
    ELASTICSEARCH_URL: es.url,
    LATCHKEY_HOST: '127.0.0.1',
    LATCHKEY_PORT: '0',
    LATCHKEY_METRICS_PORT: '0',
    LATCHKEY_LOG_LEVEL: 'trace',
    LATCHKEY_DOCS_ENABLED: 'false',
    ...env,
  });
  const service = await startService(settings, { logDestination: { write: (line: string) => void lines.push(line) } });
  return {
    send: (who, method, path, body, headers = {}) => {
      const authorization = typeof who === 'string' ? who : who.authorization;
      return exchange(`${service.url}${path}`, method, body, { authorization, ...headers });
    },
    log: () => lines.join(''),
    stop: () => service.stop({ drainMs: 0 }),
  };
}

async function exchange(url: string, method: string, body: unknown, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text === '' ? {} : JSON.parse(text) };
}

/** The answer is the problem `code`; at `pointer`, when one is given. */
export function expectProblem(answer: Answer, status: number, code: string, pointer?: string): void {
  expect({ status: answer.status, code: answer.body.code, detail: answer.body.detail }).toMatchObject({ status, code });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  if (pointer !== undefined) expect(pointersOf(answer)).toEqual([pointer]);
}

export function pointersOf({ body }: Answer): string[] {
  return ((body.errors ?? []) as Array<{ pointer: string }>).map(({ pointer }) => pointer);
}
