import supertest from 'supertest';
import { mustBeDocumented } from './documented.js';

export interface Sent {
  headers?: Record<string, string>;
  /** Goes as it is, as JSON unless `headers` say otherwise. */
  payload?: string | Uint8Array | undefined;
}

export interface Received {
  status: number;
  headers: Headers;
  /** As it came: JSON.parse would round long integers. */
  text: string;
  /** Parsed JSON; undefined when there is no body, or it is something else. */
  body: ReturnType<typeof JSON.parse>;
}

/**
 * One request to a service that runs in this process, by supertest. Redirects are not followed.
 * @throws Error when the answer is a problem that openapi.yaml does not name for the operation.
 */
export async function send(
  service: string,
  method: string,
  path: string,
  { headers = {}, payload }: Sent = {},
): Promise<Received> {
  const request = new supertest.Test(service, method, path)
    .set({ ...(payload !== undefined && { 'content-type': 'application/json' }), ...headers })
    .serialize((data: string) => data)
    .responseType('blob');
  const answer = await (payload === undefined ? request : request.send(asSent(payload)));
  const text = Buffer.isBuffer(answer.body) ? answer.body.toString() : '';
  const received = toReceived(answer.status, new Headers(answer.headers), text);
  mustBeDocumented(method, `${service}${path}`, received.status, received.body);
  return received;
}

/** What a GET without a credential answers, such as metrics. */
export async function textOf(service: string, path: string): Promise<string> {
  return (await send(service, 'GET', path)).text;
}

export function toReceived(status: number, headers: Headers, text: string): Received {
  const isJson = /json/.test(headers.get('content-type') ?? '');
  return { status, headers, text, body: isJson && text !== '' ? JSON.parse(text) : undefined };
}

/** Of binary data, supertest takes Buffers only. */
function asSent(payload: string | Uint8Array): string | Buffer {
  return typeof payload === 'string' ? payload : Buffer.from(payload);
}
