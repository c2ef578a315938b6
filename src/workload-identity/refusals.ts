import { ServiceError } from '../errors/service-error.js';

/** The connection ends with the answer, so that the next try can show another certificate. */
const HEADERS = { 'www-authenticate': 'Bearer', connection: 'close' };

/** @param detail what was seen and what is wanted; never a part of a token or certificate that nobody has verified. */
export function unauthenticated(detail: string): ServiceError {
  return new ServiceError('workload.unauthenticated', detail, { headers: HEADERS });
}

export function conflicting(detail: string): ServiceError {
  return new ServiceError('workload.conflict', detail, { headers: HEADERS });
}

/**
 * @param what which of the issuer's services did not answer.
 * @param cause what failed. Only its short code is told (a status, or a word of the system such as ECONNREFUSED): the
 * rest may quote what was sent.
 */
export function verifierUnavailable(what: string, cause: unknown): ServiceError {
  return new ServiceError('workload.verifier-unavailable', `${what} cannot be had (${codeOf(cause)}).`, {
    headers: { 'retry-after': '1' },
  });
}

function codeOf(cause: unknown): string {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_ ]{1,60}$/i.test(code) ? code : 'no usable answer';
}
