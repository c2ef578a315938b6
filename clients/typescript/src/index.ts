import createClient, { type Client, type ClientOptions } from 'openapi-fetch';
import type { components, paths } from './schema.js';

export type { components, operations, paths } from './schema.js';

/** Anything by which Elasticsearch knows the caller. */
export type Credential =
  /** `encoded` of an API key. */
  | { apiKey: string }
  | { username: string; password: string }
  /** An OAuth2 or a service account token. */
  | { bearer: string };

export type Problem = components['schemas']['Problem'];
export type LatchkeyClient = Client<paths>;

export interface LatchkeyOptions extends Omit<ClientOptions, 'baseUrl' | 'headers'> {
  /** Without `/v1`: `https://latchkey.example.org`. */
  baseUrl: string;
  credential: Credential;
}

/**
 * A client that calls as the one whose credential it is given: a typed method for each HTTP method, paths and bodies as
 * in openapi.yaml. Answers are `{ data, error, response }`; only a failed connection throws. Nothing is sent twice.
 */
export function createLatchkeyClient({ credential, ...options }: LatchkeyOptions): LatchkeyClient {
  return createClient<paths>({ ...options, headers: { authorization: authorizationOf(credential) } });
}

/** What Latchkey refused or could not do. `code` is stable (docs/errors.md); the message is for people. */
export class LatchkeyError extends Error {
  override readonly name = 'LatchkeyError';
  readonly code: string;
  readonly status: number;

  /** @param retryAfterSeconds when to try again, if that is known. */
  constructor(
    readonly problem: Problem,
    readonly retryAfterSeconds?: number,
  ) {
    super(`${problem.code}: ${problem.detail}`);
    this.code = problem.code;
    this.status = problem.status;
  }
}

/**
 * The data of an answer. @throws LatchkeyError when the answer is a problem, Error when it is none of Latchkey's (a proxy
 * on the way has answered).
 */
export async function dataOf<T>(answer: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await answer;
  if (isProblem(error)) throw new LatchkeyError(error, retryAfterSeconds(response));
  if (!response.ok) throw new Error(`the answer is ${response.status} and not one of Latchkey's`);
  return data as T;
}

function retryAfterSeconds({ headers }: Response): number | undefined {
  const value = headers.get('retry-after');
  return value !== null && /^\d+$/.test(value) ? Number(value) : undefined;
}

function isProblem(error: unknown): error is Problem {
  return typeof error === 'object' && error !== null && 'code' in error && 'detail' in error;
}

function authorizationOf(credential: Credential): string {
  if ('apiKey' in credential) return `ApiKey ${credential.apiKey}`;
  if ('bearer' in credential) return `Bearer ${credential.bearer}`;
  const bytes = new TextEncoder().encode(`${credential.username}:${credential.password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
