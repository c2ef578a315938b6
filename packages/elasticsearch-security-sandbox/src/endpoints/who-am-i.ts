import { authorize, securityAction } from '../authorization.js';
import type { JsonObject } from '../json/json-value.js';
import type { SandboxNode } from '../node.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import type { Subject } from '../subject.js';

/** `GET /_security/_authenticate`. */
export function whoAmI(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('user/authenticate'), isFree: true });
  return ok(subjectToJson(node, subject));
}

/** How a caller is shown. 9.x also tells who manages a key or token. */
export function subjectToJson(node: SandboxNode, subject: Subject): JsonObject {
  const managedBy = node.isNine ? 'elasticsearch' : undefined;
  const { token, apiKey } = subject;
  const hasToken = token !== undefined && (node.isNine || token.name !== undefined);
  return {
    username: subject.username,
    roles: [...subject.assignedRoles],
    full_name: subject.fullName,
    email: subject.email,
    token: hasToken ? { managed_by: managedBy, name: token.name, type: token.type } : undefined,
    metadata: subject.metadata,
    enabled: true,
    authentication_realm: { ...subject.authenticationRealm },
    lookup_realm: { ...subject.realm },
    authentication_type: subject.authenticationType,
    api_key: apiKey ? { managed_by: managedBy, name: apiKey.name, id: apiKey.id } : undefined,
  };
}
