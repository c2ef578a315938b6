import type { CallerCredential } from './caller-credential.js';
import type { Caller } from './caller.js';
import type { ClusterPrivileges } from './cluster-privileges.js';
import type { WorkloadIdentity } from './workload-identity.js';

/** What Latchkey knows of one request; the http edge makes it, the guard completes it. */
export interface RequestContext {
  requestId: string;
  operation?: string;
  credential?: CallerCredential;
  caller?: Caller;
  privileges?: ClusterPrivileges;
  /** In place of the three above for an operation of workloads: who has proved to be calling. */
  workload?: WorkloadIdentity;
  /** For operations of workloads: see `AuthorizedWorkload`. */
  signal?: AbortSignal;
}

/** A caller that the guard has let through to an operation. */
export interface AuthorizedCaller {
  requestId: string;
  credential: CallerCredential;
  caller: Caller;
  privileges: ClusterPrivileges;
}

/** A workload that the guard has let through to an operation. */
export interface AuthorizedWorkload {
  requestId: string;
  workload: WorkloadIdentity;
  /** Aborts when the service begins to stop or the client has gone: an answer that is held back must come now. */
  signal: AbortSignal;
}

export interface RequestWithContext {
  latchkey: RequestContext;
}
