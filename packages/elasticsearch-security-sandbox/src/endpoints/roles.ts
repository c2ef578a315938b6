import { authorize, securityAction } from '../authorization.js';
import { illegalArgument, validationFailed } from '../errors.js';
import type { JsonObject } from '../json/json-value.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { parseNamedRole } from '../roles/parse-role.js';
import { roleToJson } from '../roles/role-descriptor.js';
import { roleErrors } from '../roles/validate-roles.js';
import { SUPERUSER_ROLE } from '../users-and-roles.js';

/** `PUT|POST /_security/role/{name}`. */
export function putRole(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const name = request.pathParameter('name');
  request.parameters.acceptRefresh();
  const scanner = request.requiredBody();
  scanner.next();
  const role = parseNamedRole(scanner, name, { isNine: node.isNine, allowDescription: true });
  request.refuseUnconsumed();
  const errors = [
    ...roleErrors(role, node.isNine),
    ...(name === SUPERUSER_ROLE ? [`Role [${name}] is reserved and may not be used.`] : []),
  ];
  if (errors.length > 0) throw validationFailed(errors);
  authorize(node, subject, { action: securityAction('role/put') });
  const created = !node.users.roles.has(name);
  node.users.roles.set(name, role);
  return ok({ role: { created } });
}

/** `GET /_security/role` and of names. */
export function getRoles(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('role/get') });
  const asked = request.pathParameters.get('name')?.split(',');
  const found: JsonObject = {};
  for (const [name, role] of node.users.roles) {
    if (!asked || asked.includes(name)) found[name] = roleToJson(role);
  }
  const isMissing = asked !== undefined && Object.keys(found).length === 0;
  return isMissing ? { status: 404, body: {} } : ok(found);
}

/** `DELETE /_security/role/{name}`. */
export function deleteRole(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.parameters.acceptRefresh();
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('role/delete') });
  const name = request.pathParameter('name');
  if (name === SUPERUSER_ROLE) throw illegalArgument(`role [${name}] is reserved and cannot be deleted`);
  const found = node.users.roles.delete(name);
  return { status: found ? 200 : 404, body: { found } };
}
