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
}

/** A caller that the guard has let through to an operation. */
export interface AuthorizedCaller {
  requestId: string;
  credential: CallerCredential;
  caller: Caller;
  privileges: ClusterPrivileges;
}

export interface RequestWithContext {
  latchkey: RequestContext;
}
