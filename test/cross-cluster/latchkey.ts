import * as service from '../support/service.js';
import type { Answer } from '../support/service.js';
import type { Endpoint } from '../support/elasticsearch/index.ts';

export type { Answer } from '../support/service.js';

export const KEYS = '/v1/cross-cluster-keys';

export interface Latchkey {
  /** `who`: somebody with a credential, or the credential itself. */
  send(
    who: { authorization: string } | string,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Everything logged so far, at level trace. */
  log(): string;
  stop(): Promise<void>;
}

/** Latchkey in this process, with its default caches unless `env` says otherwise. */
export async function startLatchkey(
  { url }: Pick<Endpoint, 'url'>,
  env: Record<string, string> = {},
): Promise<Latchkey> {
  const latchkey = await service.startLatchkey(url, { LATCHKEY_DOCS_ENABLED: 'false', ...env });
  return {
    send: async (who, method, path, body, headers = {}) => {
      const authorization = typeof who === 'string' ? who : who.authorization;
      const answer = await latchkey.call(method, path, { authorization, body, headers });
      return { ...answer, body: answer.body ?? {} };
    },
    log: () => latchkey.lines.join(''),
    stop: () => latchkey.stop(),
  };
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
