import { ERROR_REGISTRY, type ErrorCode } from './error-registry.js';

export interface FieldError {
  /** JSON pointer into the body, or `query:<name>`, `path:<name>`, `header:<name>`. */
  pointer: string;
  code: string;
  detail: string;
}

export interface ErrorExtras {
  errors?: FieldError[];
  requiredPrivileges?: readonly string[];
  missingPrivileges?: readonly string[];
  headers?: Record<string, string | string[]>;
  /** Further members of the problem document (RFC 9457, section 3.2). Never a secret. */
  members?: Record<string, unknown>;
}

/** The only error that leaves a service or gateway on purpose. Holds nothing secret: its text goes to callers and logs. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';

  constructor(
    readonly code: ErrorCode,
    readonly detail: string,
    readonly extras: ErrorExtras = {},
  ) {
    super(`${code}: ${detail}`);
  }

  get status(): number {
    return ERROR_REGISTRY[this.code].status;
  }
}

/** For metrics, logs and the audit trail: the code of an error, which for one that nobody foresaw is `internal`. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof ServiceError ? error.code : 'internal';
}

/** A 400 that names one field. */
export function invalidField(pointer: string, code: string, detail: string): ServiceError {
  return new ServiceError('request.invalid', 'The request is not valid; see errors.', {
    errors: [{ pointer, code, detail }],
  });
}
