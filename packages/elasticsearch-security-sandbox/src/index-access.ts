import { isRestricted as isWorkflowRestricted, describe, permissionLayers, restrictionCause } from './authorization.js';
import { licenseNonCompliant, SandboxError } from './errors.js';
import type { SandboxNode } from './node.js';
import { indexPrivilegeHolds } from './privileges/catalog.js';
import { covers, isRestricted, matchesPattern } from './privileges/patterns.js';
import type { IndexPrivileges, RoleDescriptors } from './roles/role-descriptor.js';
import type { SandboxRequest } from './request.js';
import type { Subject } from './subject.js';

const SEARCH = 'indices:data/read/search';
const GRANTED_BY = 'this action is granted by the index privileges [read,all]';

/** Refuses a search of indices the caller may not read, or may not read under this license. */
export function authorizeSearch(node: SandboxNode, subject: Subject, indices: readonly string[]): void {
  const refuse = (where: string, cause?: SandboxError): SandboxError =>
    new SandboxError(
      'security_exception',
      `action [${SEARCH}] is unauthorized for ${describe(node, subject)}${where}, ${GRANTED_BY}`,
      403,
      cause ? { cause } : {},
    );
  if (isWorkflowRestricted(subject)) throw refuse('', restrictionCause());
  const layers = permissionLayers(node, subject);
  const named = indices.filter((name) => !name.includes('*'));
  const unreadable = named.filter((name) => !layers.every((layer) => entriesFor(layer, name).length > 0));
  if (unreadable.length > 0) {
    const kind = unreadable.every(isRestricted) ? 'restricted indices' : 'indices';
    throw refuse(` on ${kind} [${unreadable.join(',')}]`);
  }
  if (named.length === 0 && !layers.every((layer) => readEntries(layer).length > 0)) throw refuse('');
  refuseFieldSecurity(node, layers, named);
}

/** Refuses an action on one index, by name or alias, to a caller whose roles do not grant it. */
export function authorizeIndex({ node, subject }: SandboxRequest, action: string, index: string): void {
  if (!node.settings.securityEnabled) return;
  const layers = permissionLayers(node, subject);
  if (
    !isWorkflowRestricted(subject) &&
    holdsIndexPrivilege(layers, { index, privilege: action, allowRestrictedIndices: false })
  )
    return;
  throw new SandboxError(
    'security_exception',
    `action [${action}] is unauthorized for ${describe(node, subject)} on indices [${index}]`,
    403,
  );
}

/** Whether the roles of every layer hold an index privilege on all a pattern may match. */
export function holdsIndexPrivilege(
  layers: readonly RoleDescriptors[],
  asked: { index: string; privilege: string; allowRestrictedIndices: boolean },
): boolean {
  return layers.every((layer) =>
    [...layer.values()].some((role) =>
      role.indices.some(
        (entry) =>
          entry.names.some((pattern) => covers(pattern, asked.index)) &&
          entry.privileges.some((held) => indexPrivilegeHolds(held, asked.privilege)) &&
          (entry.allowRestrictedIndices || !asked.allowRestrictedIndices || !isRestricted(asked.index)),
      ),
    ),
  );
}

function refuseFieldSecurity(node: SandboxNode, layers: readonly RoleDescriptors[], indices: readonly string[]): void {
  if (node.license.allowsFieldSecurity) return;
  const guarded = indices.filter((name) =>
    layers.some((layer) =>
      entriesFor(layer, name).every((entry) => entry.query !== undefined || entry.fieldSecurity !== undefined),
    ),
  );
  if (guarded.length === 0) return;
  throw licenseNonCompliant('field and document level security', { indices_with_dls_or_fls: guarded.join(',') });
}

function readEntries(layer: RoleDescriptors): IndexPrivileges[] {
  return [...layer.values()]
    .flatMap((role) => role.indices)
    .filter((entry) => entry.privileges.some((held) => indexPrivilegeHolds(held, SEARCH)));
}

function entriesFor(layer: RoleDescriptors, index: string): IndexPrivileges[] {
  return readEntries(layer).filter(
    (entry) =>
      entry.names.some((pattern) => matchesPattern(pattern, index)) &&
      (entry.allowRestrictedIndices || !isRestricted(index)),
  );
}
