import { ERROR_REGISTRY } from './error-registry.js';
import type { FieldError, ServiceError } from './service-error.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** RFC 9457 problem document, as every error of Latchkey is answered. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  request_id: string;
  errors?: FieldError[];
  required_privileges?: readonly string[];
  missing_privileges?: readonly string[];
}

export function toProblem(error: ServiceError, requestId: string): ProblemDocument {
  const { status, title } = ERROR_REGISTRY[error.code];
  const { errors, requiredPrivileges, missingPrivileges, members } = error.extras;
  return {
    type: `urn:latchkey:problem:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.detail,
    request_id: requestId,
    ...(errors && { errors }),
    ...(requiredPrivileges && { required_privileges: requiredPrivileges }),
    ...(missingPrivileges && { missing_privileges: missingPrivileges }),
    ...members,
  };
}
