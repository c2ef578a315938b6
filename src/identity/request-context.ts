import type { ErrorCode } from '../errors/error-registry.js';
import type { CallerCredential } from './caller-credential.js';
import type { Caller } from './caller.js';
import type { ClusterPrivileges } from '../operations/cluster-privileges.js';
import type { OperationId } from '../operations/operations.js';
import type { WorkloadIdentity } from '../workload-identity/workload-identity.js';

/** A connection of the mesh port. */
export interface WorkloadConnection {
  /** Tells connections of this process apart. */
  id: string;
  closed(): boolean;
}

/** What Latchkey knows of one request; the http edge makes it, the guard completes it. */
export interface RequestContext {
  requestId: string;
  operation?: OperationId;
  credential?: CallerCredential;
  caller?: Caller;
  privileges?: ClusterPrivileges;
  /** Set when the service acted under its own name for the caller. */
  ranAsService?: boolean;
  /** In place of the three above for an operation of workloads: who has proved to be calling. */
  workload?: WorkloadIdentity;
  /** For operations of workloads: see `AuthorizedWorkload`. */
  signal?: AbortSignal;
  connection?: WorkloadConnection;
  /** The code of the problem that was answered. */
  problem?: ErrorCode;
}

/** A caller that the guard has let through to an operation. */
export interface AuthorizedCaller {
  requestId: string;
  credential: CallerCredential;
  caller: Caller;
  privileges: ClusterPrivileges;
  /** Called by `ServiceGrant`, without which the service does not act under its own name; the audit trail says so. */
  noteRanAsService: () => void;
}

/** A workload that the guard has let through to an operation. */
export interface AuthorizedWorkload {
  requestId: string;
  workload: WorkloadIdentity;
  /** Aborts when the service begins to stop or the client has gone: an answer that is held back must come now. */
  signal: AbortSignal;
  /** On the mesh port. Nothing is to be concluded from it but that two requests came the same way. */
  connection?: WorkloadConnection;
}

export interface RequestWithContext {
  latchkey: RequestContext;
}
