import type { MemberName } from './problem-members.js';
import { ACCESS_ERRORS } from './registry/access-errors.js';
import { CREDENTIAL_ERRORS } from './registry/credential-errors.js';
import type { ErrorDefinition } from './registry/error-definition.js';
import { KEY_ERRORS } from './registry/key-errors.js';
import { REQUEST_ERRORS } from './registry/request-errors.js';
import { ROTATION_ERRORS } from './registry/rotation-errors.js';
import { SERVICE_ERRORS } from './registry/service-errors.js';
import { UPSTREAM_ERRORS } from './registry/upstream-errors.js';

/** Every error that Latchkey answers, by its stable code. */
export const ERROR_REGISTRY = {
  ...ACCESS_ERRORS,
  ...KEY_ERRORS,
  ...ROTATION_ERRORS,
  ...CREDENTIAL_ERRORS,
  ...SERVICE_ERRORS,
  ...REQUEST_ERRORS,
  ...UPSTREAM_ERRORS,
};

export type ErrorCode = keyof typeof ERROR_REGISTRY;

export const ERROR_CODES = Object.keys(ERROR_REGISTRY) as ErrorCode[];

export function errorDefinition(code: ErrorCode): ErrorDefinition {
  return ERROR_REGISTRY[code];
}

/**
 * The members that a problem of this code can carry; with `presence`, only those that it carries always or sometimes.
 */
export function membersOf(code: ErrorCode, presence?: 'always' | 'sometimes'): MemberName[] {
  const { members = {} } = errorDefinition(code);
  return (Object.keys(members) as MemberName[]).filter((name) => presence === undefined || members[name] === presence);
}

/** Whether the audit trail calls this code `denied`: who may not was denied, who could not failed. */
export function isDenial(code: string): boolean {
  if (!Object.hasOwn(ERROR_REGISTRY, code)) return false;
  const { status, denies = status === 403 } = errorDefinition(code as ErrorCode);
  return denies;
}
