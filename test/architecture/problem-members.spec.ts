import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { ERROR_CODES, errorDefinition, membersOf } from '../../src/errors/error-registry.js';
import { toProblem } from '../../src/errors/problem.js';
import { PROBLEM_MEMBERS } from '../../src/errors/problem-members.js';
import { ServiceError } from '../../src/errors/service-error.js';
import { mustBeDocumented } from '../support/documented.js';

const OWNER = { username: 'jane', realm: 'native1' };
const MEMBER_NAMES = Object.keys(PROBLEM_MEMBERS);

test('every member belongs to a code', () => {
  const carried = new Set<string>(ERROR_CODES.flatMap((code) => membersOf(code)));
  expect(MEMBER_NAMES.filter((name) => !carried.has(name))).toEqual([]);
});

test.each(ERROR_CODES)('the example of %s in OpenAPI has the members of the code, as the document says', (code) => {
  const { components } = load(readFileSync('openapi.yaml', 'utf8')) as {
    components: { examples: Record<string, { value: Record<string, unknown> }> };
  };
  const example = components.examples[code]?.value ?? {};
  expect(Object.keys(example).filter((name) => MEMBER_NAMES.includes(name))).toEqual(membersOf(code));
  mustBeDocumented('GET', 'http://latchkey/', errorDefinition(code).status, example);
});

test('an answer with a member that is not of its code is noticed by every test', () => {
  const problem = toProblem(new ServiceError('key.expired', 'The key has expired.'), 'request-1');
  expect(() => mustBeDocumented('GET', 'http://latchkey/', 409, { ...problem, owner: OWNER })).toThrow(
    'names no owner for key.expired',
  );
});

test('an answer without a member that its code always has is noticed by every test', () => {
  const problem = toProblem(
    new ServiceError('key.wrong-type', 'A user key.', { members: { see: '/v1' } }),
    'request-1',
  );
  const { see: _see, ...without } = problem;
  expect(() => mustBeDocumented('GET', 'http://latchkey/', 409, without)).toThrow('key.wrong-type lacks see');
});

test('an answer with a member of another type than the document says is noticed by every test', () => {
  const problem = toProblem(
    new ServiceError('key.wrong-type', 'A user key.', { members: { see: '/v1' } }),
    'request-1',
  );
  expect(() => mustBeDocumented('GET', 'http://latchkey/', 409, { ...problem, see: ['/v1'] })).toThrow('/see');
});
