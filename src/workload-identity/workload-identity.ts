/**
 * A workload that asks for a credential, once it has proved who it is. What is not proved is not here: a node id or a
 * header of the request says nothing about who asks.
 */
export interface WorkloadIdentity {
  /** How it was proved. */
  source: 'mtls' | 'xfcc' | 'jwt_svid' | 'kubernetes' | 'jwt';
  /**
   * The one name of the workload: its SPIFFE id, `kubernetes:<namespace>/<service account>` or
   * `jwt:<issuer>#<subject>`. Equal for all instances of it.
   */
  subject: string;
  spiffeId?: string;
  kubernetes?: { namespace: string; serviceAccount: string; pod?: string };
  /** Issuer and claims of a verified token, for profiles that allow by claims. */
  jwt?: { issuer: string; claims: Readonly<Record<string, unknown>> };
  /** End of the certificate or token, epoch milliseconds. */
  validUntilMs: number;
}
