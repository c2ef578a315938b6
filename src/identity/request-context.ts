import type { CallerCredential } from './caller-credential.js';
import type { Caller } from './caller.js';
import type { ClusterPrivileges } from './cluster-privileges.js';

/** What Latchkey knows of one request; the http edge makes it, the guard completes it. */
export interface RequestContext {
  requestId: string;
  operation?: string;
  credential?: CallerCredential;
  caller?: Caller;
  privileges?: ClusterPrivileges;
  /** Set when the service acted under its own name for the caller. */
  ranAsService?: boolean;
}

/** A caller that the guard has let through to an operation. */
export interface AuthorizedCaller {
  requestId: string;
  credential: CallerCredential;
  caller: Caller;
  privileges: ClusterPrivileges;
  /** To be called before the service acts under its own name for this caller; the audit trail says so. */
  actAsService: () => void;
}

export interface RequestWithContext {
  latchkey: RequestContext;
}
