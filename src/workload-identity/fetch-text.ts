import { request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface TextRequest {
  /** From configuration, never from a token. */
  url: string;
  method: 'GET' | 'POST';
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Authorities in PEM form, in place of those of the system. */
  ca?: string;
}

export interface TextAnswer {
  status: number;
  text: string;
}

/** Kubernetes gives its keys as the one, everything else as the other. */
const ACCEPT = 'application/jwk-set+json, application/json';
const TIMEOUT_MS = 5000;
const MAX_BYTES = 100 * 1024;

/** An answer came, and is not what was asked for. */
export class UnusableAnswer extends Error {
  readonly code: string;

  constructor(status: number) {
    super('unusable answer');
    this.code = `status ${status}`;
  }
}

/**
 * One request to an issuer. A redirect is an answer like any other and is not followed; the deadline holds for the
 * whole answer. Rejects when it cannot be had, does not come in time or is larger than 100 KiB.
 */
export function fetchText({ url, method, headers = {}, body, ca }: TextRequest): Promise<TextAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<TextAnswer>();
  const options: RequestOptions = {
    method,
    headers: { accept: ACCEPT, ...headers },
    agent: false,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  const tls = { minVersion: 'TLSv1.2' as const, ...(ca !== undefined && { ca }) };
  const outgoing = url.startsWith('https:') ? requestHttps(url, { ...options, ...tls }) : requestHttp(url, options);
  outgoing.on('error', reject);
  outgoing.on('response', (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('error', reject);
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BYTES) outgoing.destroy(new Error('the answer is too large'));
      else chunks.push(chunk);
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
  });
  outgoing.end(body);
  return promise;
}
