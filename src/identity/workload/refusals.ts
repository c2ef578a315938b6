import { ServiceError } from '../../errors/service-error.js';

/** The connection ends with the answer, so that the next try can show another certificate. */
const HEADERS = { 'www-authenticate': 'Bearer', connection: 'close' };

/** @param detail what was seen and what is wanted; never a part of a token or certificate that nobody has verified. */
export function unauthenticated(detail: string): ServiceError {
  return new ServiceError('workload.unauthenticated', detail, { headers: HEADERS });
}

export function conflicting(detail: string): ServiceError {
  return new ServiceError('workload.conflict', detail, { headers: HEADERS });
}

/** @param what which of the issuer's services did not answer. */
export function verifierUnavailable(what: string): ServiceError {
  return new ServiceError('workload.verifier-unavailable', `${what} cannot be reached or gives no usable answer.`, { headers: { 'retry-after': '1' } });
}
