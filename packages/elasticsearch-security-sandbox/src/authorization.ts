import { userSubject } from './authentication.js';
import { SandboxError } from './errors.js';
import type { SandboxNode } from './node.js';
import { clusterPrivilegeGrants, clusterPrivileges } from './privileges/catalog.js';
import { matchesPattern } from './privileges/patterns.js';
import type { RoleDescriptors } from './roles/role-descriptor.js';
import type { Subject } from './subject.js';

const SECURITY = 'cluster:admin/xpack/security/';
const OWN_KEY_ACTIONS = `${SECURITY}api_key/*`;
const RESTRICTED = new SandboxError('role_restriction_exception', 'access restricted by workflow', 403);

/** What is asked of a caller: an action, and whether the own keys of the caller are all it touches. */
export interface Demand {
  readonly action: string;
  /** True when the request is one `manage_own_api_key` would allow this caller. */
  readonly isOwn?: boolean;
  /** True when it needs no privilege, which a restriction to workflows still refuses. */
  readonly isFree?: boolean;
}

/** The full name of an action of the security API. */
export function securityAction(name: string): string {
  return SECURITY + name;
}

/** The roles a caller has, in layers of which each must grant: a key is limited by its owner's roles. */
export function permissionLayers(node: SandboxNode, subject: Subject): RoleDescriptors[] {
  if (subject.apiKey) {
    const { roles, limitedBy } = subject.apiKey;
    return roles.size > 0 ? [roles, limitedBy] : [limitedBy];
  }
  return [subject.serviceRoles ?? node.users.resolve(subject.assignedRoles)];
}

/** Refuses a caller that may not do what is asked. */
export function authorize(node: SandboxNode, subject: Subject, demand: Demand): void {
  if (subject.refusedRunAs !== undefined) throw deniedRunAs(node, subject, subject.refusedRunAs, demand.action);
  if (isRestricted(subject)) throw denied(node, subject, demand, RESTRICTED);
  if (!demand.isFree && !isGranted(node, subject, demand)) throw denied(node, subject, demand);
}

/** Whether a caller may do what is asked. */
export function isGranted(node: SandboxNode, subject: Subject, demand: Demand): boolean {
  return permissionLayers(node, subject).every((layer) =>
    [...layer.values()].some((role) => role.cluster.some((privilege) => grants(privilege, demand))),
  );
}

/** Whether the roles of a key keep it to workflows, of which the sandbox serves none. */
export function isRestricted(subject: Subject): boolean {
  return [...(subject.apiKey?.roles.values() ?? [])].some((role) => role.workflows !== undefined);
}

/** The cause of refusals of a key that is kept to workflows. */
export function restrictionCause(): SandboxError {
  return RESTRICTED;
}

/** How a caller is named in refusals. */
export function describe(node: SandboxNode, subject: Subject): string {
  if (subject.apiKey) return `API key id [${subject.apiKey.id}] of user [${subject.username}]`;
  if (subject.serviceRoles) return `service account [${subject.username}]`;
  const who =
    subject.runAsBy === undefined
      ? `user [${subject.username}]`
      : `user [${subject.runAsBy}] run as [${subject.username}]`;
  return `${who} ${describeRoles(node, subject)}`;
}

/** The caller after `es-security-runas-user`: a user only runs as those its roles name. */
export function runAs(node: SandboxNode, subject: Subject, username: string): Subject {
  const target = node.users.users.get(username);
  const mayRunAs = permissionLayers(node, subject).every((layer) =>
    [...layer.values()].some((role) => role.runAs.some((pattern) => matchesPattern(pattern, username))),
  );
  if (!target?.enabled || !mayRunAs) return { ...subject, refusedRunAs: username };
  return {
    ...userSubject(target),
    authenticationType: subject.authenticationType,
    authenticationRealm: subject.authenticationRealm,
    runAsBy: subject.username,
  };
}

function grants(privilege: string, demand: Demand): boolean {
  if (privilege === 'manage_own_api_key')
    return demand.isOwn === true && matchesPattern(OWN_KEY_ACTIONS, demand.action);
  return clusterPrivilegeGrants(privilege, demand.action);
}

function denied(node: SandboxNode, subject: Subject, demand: Demand, cause?: SandboxError): SandboxError {
  const granting = clusterPrivileges(node.isNine).filter((privilege) => grants(privilege, demand));
  const reason =
    `action [${demand.action}] is unauthorized for ${describe(node, subject)}, ` +
    `this action is granted by the cluster privileges [${granting.join(',')}]`;
  return new SandboxError('security_exception', reason, 403, cause ? { cause } : {});
}

function deniedRunAs(node: SandboxNode, subject: Subject, username: string, action: string): SandboxError {
  return new SandboxError(
    'security_exception',
    `action [${action}] is unauthorized for ${describe(node, subject)}, because ${describeBriefly(subject)} is ` +
      `unauthorized to run as [${username}]`,
    403,
  );
}

function describeRoles(node: SandboxNode, subject: Subject): string {
  const assigned = [...subject.assignedRoles].sort();
  const effective = assigned.filter((name) => node.users.roles.has(name));
  const missing = assigned.filter((name) => !node.users.roles.has(name));
  const note = missing.length > 0 ? ` (assigned roles [${missing.join(',')}] were not found)` : '';
  return `with effective roles [${effective.join(',')}]${note}`;
}

function describeBriefly(subject: Subject): string {
  if (subject.apiKey) return `API key id [${subject.apiKey.id}] of user [${subject.username}]`;
  return subject.serviceRoles ? `service account [${subject.username}]` : `user [${subject.username}]`;
}
