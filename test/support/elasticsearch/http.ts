import { setTimeout as pause } from 'node:timers/promises';
import type { Endpoint } from './types.ts';

export type Json = Record<string, unknown>;

export interface Answer {
  status: number;
  /** {} when the body is not a JSON object. */
  body: Json;
  text: string;
}

/** These only end a hang. */
const CALL_LIMIT_MS = 300_000;
const BUSY_ATTEMPTS = 1000;
const BUSY_PAUSE_MS = 250;

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** One call, as the superuser of the node unless `authorization` says otherwise. Never throws for a status. */
export async function call(
  es: Endpoint,
  method: string,
  path: string,
  body?: Json,
  authorization: string = basic(es.username, es.password),
): Promise<Answer> {
  const answer = await fetch(`${es.url}${path}`, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(CALL_LIMIT_MS),
  });
  const text = await answer.text();
  return { status: answer.status, body: objectOf(text), text };
}

/** The body of a 2xx answer; any other status throws. 503 (shards of a fresh index) is asked again for minutes. */
export async function must(
  es: Endpoint,
  method: string,
  path: string,
  body?: Json,
  authorization?: string,
): Promise<Json> {
  for (let attempt = 1; ; attempt++) {
    const answer = await call(es, method, path, body, authorization);
    if (answer.status < 300) return answer.body;
    if (answer.status !== 503 || attempt === BUSY_ATTEMPTS) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 1000)}`);
    }
    await pause(BUSY_PAUSE_MS);
  }
}

export function objectAt(value: Json, key: string): Json {
  const found = value[key];
  return isObject(found) ? found : {};
}

export function textAt(value: Json, key: string): string {
  const found = value[key];
  if (typeof found !== 'string') throw new Error(`no text "${key}" in the answer of Elasticsearch`);
  return found;
}

function objectOf(text: string): Json {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
