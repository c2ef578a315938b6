import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, toProblem } from '../errors/problem.js';
import { type SelfExplainingCode, ServiceError } from '../errors/service-error.js';

const CODES: Record<string, [SelfExplainingCode, string]> = {
  HPE_HEADER_OVERFLOW: ['request.headers-too-large', 'The headers are larger than 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['request.timeout', 'The request did not arrive in time.'],
};

/** Answers what never became a request (broken framing, headers too large or too slow), and closes the connection. */
export function answerSocketError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [code, detail] = CODES[error.code ?? ''] ?? (['request.invalid', 'This is not a valid HTTP request.'] as const);
  const problem = new ServiceError(code, detail);
  const body = JSON.stringify(toProblem(problem, randomUUID()));
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: ${PROBLEM_MEDIA_TYPE}\r\nCache-Control: no-store\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
