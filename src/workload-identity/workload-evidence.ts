import type { Secret } from '../redaction/secret.js';

/** The client certificate of a connection, which the TLS server has verified against the configured authorities. */
export interface PeerCertificate {
  /** As Node prints it: entries joined with ", ", unusual ones quoted. */
  subjectAltName: string | undefined;
  /** Whether it may sign certificates itself. */
  ca: boolean;
  validFromMs: number;
  validToMs: number;
}

/** What a request shows of the workload that sends it. Nothing of it is believed yet. */
export interface WorkloadEvidence {
  /** On the mesh port only. */
  certificate?: PeerCertificate;
  /** Each `X-Forwarded-Client-Cert` header as it came. */
  forwarded: readonly string[];
  /** Each `Authorization` header as it came. */
  authorization: readonly Secret[];
}
