import { ERROR_REGISTRY } from './error-registry.js';
import type { ProblemMembers } from './problem-members.js';
import type { ServiceError } from './service-error.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** RFC 9457 problem document, as every error of Latchkey is answered. */
export interface ProblemDocument extends Partial<ProblemMembers> {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  request_id: string;
}

export function toProblem({ code, detail, members }: ServiceError, requestId: string): ProblemDocument {
  const { status, title } = ERROR_REGISTRY[code];
  return { type: `urn:latchkey:problem:${code}`, title, status, code, detail, request_id: requestId, ...members };
}
