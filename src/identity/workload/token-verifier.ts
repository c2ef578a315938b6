import type { Secret } from '../../errors/secret.js';
import type { WorkloadIdentity } from '../workload-identity.js';
import { unauthenticated } from './refusals.js';

/** Verifies the tokens of the configured issuers. */
export class TokenVerifier {
  /** @param authorization the whole value of the header. @throws ServiceError `workload.*`. */
  verify(_authorization: Secret): Promise<WorkloadIdentity> {
    return Promise.reject(unauthenticated('No issuer of tokens is configured; use the mesh port with a client certificate.'));
  }
}
