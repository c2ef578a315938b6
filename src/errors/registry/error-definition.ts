import type { MemberName, ProblemMembers } from '../problem-members.js';

export interface ErrorDefinition {
  status: number;
  title: string;
  /** What a caller can do about it; printed in docs/errors.md. */
  remedy: string;
  /** The refusal is of who asks, not of what is asked; so is every 403. */
  denies?: boolean;
  /** What its problems carry beside the members that every problem has. */
  members?: Partial<Record<MemberName, 'always' | 'sometimes'>>;
  /** Such members, for the example in OpenAPI. */
  example?: Partial<ProblemMembers>;
}

export type ErrorDefinitions = Record<string, ErrorDefinition>;
