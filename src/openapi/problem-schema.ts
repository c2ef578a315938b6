import { ERROR_CODES, membersOf } from '../errors/error-registry.js';
import { type MemberName, PROBLEM_MEMBERS } from '../errors/problem-members.js';

const MEMBER_NAMES = Object.keys(PROBLEM_MEMBERS) as MemberName[];

/**
 * One schema for every problem: what all have, and as optional properties what single codes carry. Which code carries
 * what is said in words at each property and, for programs, in `x-members-by-code`. Schemas of single codes would
 * multiply the types of generated clients.
 */
export function problemSchema(): object {
  return {
    type: 'object',
    required: ['type', 'title', 'status', 'code', 'detail', 'request_id'],
    properties: {
      type: { type: 'string', format: 'uri' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string', description: 'Stable; see docs/errors.md.' },
      detail: { type: 'string' },
      request_id: { type: 'string' },
      ...Object.fromEntries(MEMBER_NAMES.map((name) => [name, memberSchema(name)])),
    },
    'x-members-by-code': membersByCode(),
  };
}

function memberSchema(name: MemberName): object {
  const { description, ...schema } = PROBLEM_MEMBERS[name];
  const always = codesWith(name, 'always');
  const sometimes = codesWith(name, 'sometimes');
  const carriers = [
    ...(always.length > 0 ? [`Always with ${always.join(', ')}.`] : []),
    ...(sometimes.length > 0 ? [`Sometimes with ${sometimes.join(', ')}.`] : []),
  ];
  return { ...schema, description: [description, ...carriers].join(' ') };
}

function codesWith(name: MemberName, presence: 'always' | 'sometimes'): string[] {
  return ERROR_CODES.filter((code) => membersOf(code, presence).includes(name)).map((code) => `\`${code}\``);
}

function membersByCode(): Record<string, { required?: MemberName[]; optional?: MemberName[] }> {
  return Object.fromEntries(
    ERROR_CODES.filter((code) => membersOf(code).length > 0).map((code) => {
      const [required, optional] = [membersOf(code, 'always'), membersOf(code, 'sometimes')];
      return [code, { ...(required.length > 0 && { required }), ...(optional.length > 0 && { optional }) }];
    }),
  );
}
