import { type ErrorCode, ERROR_REGISTRY } from './error-registry.js';
import type { FieldError, MemberName, ProblemMembers } from './problem-members.js';

export type { FieldError } from './problem-members.js';

type Registry = typeof ERROR_REGISTRY;
type Presence<Code extends ErrorCode> = Registry[Code] extends { members: infer Members } ? Members : object;
type Carried<Code extends ErrorCode> = MemberName & keyof Presence<Code>;
type Always<Code extends ErrorCode> = {
  [Name in Carried<Code>]: Presence<Code>[Name] extends 'always' ? Name : never;
}[Carried<Code>];

/**
 * The members of a problem with this code: the registry says which it must and which it can have; no others compile.
 */
type MembersOf<Code extends ErrorCode> = { [Name in Always<Code>]: ProblemMembers[Name] } & {
  [Name in Exclude<Carried<Code>, Always<Code>>]?: ProblemMembers[Name];
} & { [Name in Exclude<MemberName, Carried<Code>>]?: never };

/** Codes whose problems can do without members. */
export type SelfExplainingCode = { [Code in ErrorCode]: [Always<Code>] extends [never] ? Code : never }[ErrorCode];
type CarryingCode = { [Code in ErrorCode]: [Carried<Code>] extends [never] ? never : Code }[ErrorCode];

type Headers = Record<string, string | string[]>;

/** Code, detail, and what the code needs beside them. */
export type ServiceErrorArguments =
  | [code: SelfExplainingCode, detail: string, extras?: { headers?: Headers; members?: undefined }]
  | { [Code in CarryingCode]: [code: Code, detail: string, extras: Extras<Code>] }[CarryingCode];

interface Extras<Code extends ErrorCode> {
  headers?: Headers;
  members: MembersOf<Code>;
}

/**
 * The only error that leaves a service or gateway on purpose. Holds nothing secret: its text goes to callers and logs.
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ErrorCode;
  readonly detail: string;
  readonly members: Partial<ProblemMembers>;
  readonly headers: Headers;

  constructor(...[code, detail, { members = {}, headers = {} } = {}]: ServiceErrorArguments) {
    super(`${code}: ${detail}`);
    this.code = code;
    this.detail = detail;
    this.members = members;
    this.headers = headers;
  }

  get status(): number {
    return ERROR_REGISTRY[this.code].status;
  }
}

/** For metrics, logs and the audit trail: the code of an error, which for one that nobody foresaw is `internal`. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof ServiceError ? error.code : 'internal';
}

/** A 400 that names the places that are wrong. */
export function invalidFields(errors: readonly FieldError[]): ServiceError {
  return new ServiceError('request.invalid', 'The request is not valid; see errors.', { members: { errors } });
}

/** A 400 that names one place. */
export function invalidField(pointer: string, code: string, detail: string): ServiceError {
  return invalidFields([{ pointer, code, detail }]);
}
