import type { Secret } from '../redaction/secret.js';
import type { WorkloadEvidence } from './workload-evidence.js';
import type { WorkloadIdentity } from './workload-identity.js';
import { identityOfCertificate } from './certificate-identity.js';
import { parseForwardedClientCert } from './forwarded-client-cert.js';
import { conflicting, unauthenticated } from './refusals.js';
import type { TokenVerifier } from './token-verifier.js';

export interface WorkloadPolicy {
  trustDomains: readonly string[];
  /** SPIFFE ids of the proxies whose `X-Forwarded-Client-Cert` is believed. */
  trustedProxies: readonly string[];
}

/**
 * Decides who a workload is from what its request shows: exactly one kind of proof, each as configured, else nobody.
 */
export class WorkloadAuthenticator {
  constructor(
    private readonly policy: WorkloadPolicy,
    private readonly tokens: TokenVerifier,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws ServiceError `workload.unauthenticated`, `workload.conflict` or `workload.verifier-unavailable`. */
  async authenticate({ certificate, forwarded, authorization }: WorkloadEvidence): Promise<WorkloadIdentity> {
    if (certificate === undefined) return this.byToken(authorization);
    const peer = identityOfCertificate(certificate, this.policy.trustDomains, this.now());
    if (authorization.length > 0) {
      throw conflicting(
        'A client certificate and an Authorization header were sent; exactly one must say who calls. Tokens go ' +
          'to the main port.',
      );
    }
    if (forwarded.length === 0 || !this.policy.trustedProxies.includes(peer.subject)) return peer;
    return this.byProxy(peer, forwarded);
  }

  private byProxy(proxy: WorkloadIdentity, forwarded: readonly string[]): WorkloadIdentity {
    const { id, trustDomain } = parseForwardedClientCert(forwarded, proxy.subject);
    if (!this.policy.trustDomains.includes(trustDomain))
      throw unauthenticated('The SPIFFE id in X-Forwarded-Client-Cert is of another trust domain.');
    // How long the certificate behind the proxy lives is not known here; no longer than the proxy's own is believed.
    return { source: 'xfcc', subject: id, spiffeId: id, validUntilMs: proxy.validUntilMs };
  }

  private async byToken(authorization: readonly Secret[]): Promise<WorkloadIdentity> {
    const [credential] = authorization;
    if (credential === undefined)
      throw unauthenticated(
        'Send Authorization: Bearer with a token of a configured issuer, or use the mesh port with a client ' +
          'certificate.',
      );
    if (authorization.length > 1)
      throw conflicting(`${authorization.length} Authorization headers were sent; exactly one must say who calls.`);
    return this.tokens.verify(credential);
  }
}
