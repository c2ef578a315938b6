import { compareCeilings } from '../../src/keys/rotation/ceiling.js';

const on = (names: string[], privileges: string[], rest: object = {}) => [
  { role: { indices: [{ names, privileges, ...rest }] } },
];

describe('how the rights of an owner have changed', () => {
  test.each([
    ['the same', on(['logs-*'], ['read']), on(['logs-*'], ['read']), 'same'],
    ['another index', on(['logs-*'], ['read']), on(['logs-*', 'orders'], ['read']), 'wider'],
    ['all indices', on(['logs-*'], ['read']), on(['*'], ['read']), 'wider'],
    ['all privileges', on(['logs-*'], ['read']), on(['logs-*'], ['all']), 'wider'],
    ['fewer indices', on(['*'], ['read']), on(['logs-*'], ['read']), 'narrower'],
    [
      'an index whose name is "all", which stands for itself',
      on(['all'], ['read']),
      on(['logs-*'], ['read']),
      'different',
    ],
    [
      'a limit to documents',
      on(['logs-*'], ['read']),
      on(['logs-*'], ['read'], { query: '{"term":{"a":1}}' }),
      'narrower',
    ],
    [
      'a limit to fields lifted',
      on(['logs-*'], ['read'], { field_security: { grant: ['a'] } }),
      on(['logs-*'], ['read']),
      'wider',
    ],
    ['another role', [{ role: { cluster: ['monitor'] } }], [{ role: { cluster: ['manage_ilm'] } }], 'different'],
    ['all of the cluster', [{ role: { cluster: ['monitor'] } }], [{ role: { cluster: ['all'] } }], 'wider'],
  ])('%s', (_what, old, fresh, expected) => {
    expect(compareCeilings(old, fresh)).toBe(expected);
  });
});
