const MANY = Array.from({ length: 101 }, (_, index) => ({ names: [`logs-${index}`] }));

/** Each rule of access broken once. `es`: whether Elasticsearch itself refuses it; where it does not, Latchkey is stricter. */
export const BROKEN_ACCESS: ReadonlyArray<{
  rule: string;
  access: unknown;
  pointer: string;
  code: string;
  es: boolean;
}> = [
  { rule: 'must have an entry', access: {}, pointer: '/access', code: 'access.empty', es: true },
  {
    rule: 'must have an entry in one of its lists',
    access: { search: [], replication: [] },
    pointer: '/access',
    code: 'access.empty',
    es: true,
  },
  { rule: 'must be an object', access: [], pointer: '/access', code: 'field.invalid', es: true },
  {
    rule: 'has search and replication alone',
    access: { search: [{ names: ['logs-*'] }], write: [] },
    pointer: '/access/write',
    code: 'field.unknown',
    es: true,
  },
  {
    rule: 'has no null for a list',
    access: { search: null },
    pointer: '/access/search',
    code: 'access.type',
    es: true,
  },
  {
    rule: 'has lists',
    access: { search: { names: ['logs-*'] } },
    pointer: '/access/search',
    code: 'access.type',
    es: false,
  },
  {
    rule: 'has lists for replication too',
    access: { replication: 'logs-*' },
    pointer: '/access/replication',
    code: 'access.type',
    es: true,
  },
  {
    rule: 'has objects in its lists',
    access: { search: ['logs-*'] },
    pointer: '/access/search/0',
    code: 'access.type',
    es: true,
  },
  {
    rule: 'has at most 100 entries',
    access: { search: MANY },
    pointer: '/access/search',
    code: 'json.limit',
    es: false,
  },
  {
    rule: 'needs names',
    access: { search: [{ names: ['logs-*'] }, {}] },
    pointer: '/access/search/1/names',
    code: 'access.names',
    es: true,
  },
  {
    rule: 'needs at least one name',
    access: { search: [{ names: [] }] },
    pointer: '/access/search/0/names',
    code: 'access.names',
    es: true,
  },
  {
    rule: 'needs names for replication too',
    access: { replication: [{ names: [] }] },
    pointer: '/access/replication/0/names',
    code: 'access.names',
    es: true,
  },
  {
    rule: 'has no empty name',
    access: { search: [{ names: ['logs-*', ''] }] },
    pointer: '/access/search/0/names/1',
    code: 'access.names',
    es: false,
  },
  {
    rule: 'has names that are texts',
    access: { search: [{ names: [{}] }] },
    pointer: '/access/search/0/names/0',
    code: 'access.names',
    es: true,
  },
  {
    rule: 'has no privileges',
    access: { search: [{ names: ['logs-*'], privileges: ['read'] }] },
    pointer: '/access/search/0/privileges',
    code: 'field.unknown',
    es: true,
  },
  {
    rule: 'has no other field, quoted in the pointer',
    access: { search: [{ names: ['logs-*'], 'a/b~c': 1 }] },
    pointer: '/access/search/0/a~1b~0c',
    code: 'field.unknown',
    es: true,
  },
  {
    rule: 'says yes or no to restricted indices',
    access: { search: [{ names: ['logs-*'], allow_restricted_indices: 'perhaps' }] },
    pointer: '/access/search/0/allow_restricted_indices',
    code: 'access.type',
    es: true,
  },
  {
    rule: 'has a query that is a query',
    access: { search: [{ names: ['logs-*'], query: 5 }] },
    pointer: '/access/search/0/query',
    code: 'access.type',
    es: true,
  },
  {
    rule: 'has no query beside replication',
    access: { search: [{ names: ['logs-*'], query: { match_all: {} } }], replication: [{ names: ['logs-*'] }] },
    pointer: '/access/search/0/query',
    code: 'access.limits-with-replication',
    es: true,
  },
  {
    rule: 'has no field_security beside replication',
    access: { search: [{ names: ['logs-*'], field_security: { grant: ['a'] } }], replication: [{ names: ['logs-*'] }] },
    pointer: '/access/search/0/field_security',
    code: 'access.limits-with-replication',
    es: true,
  },
  {
    rule: 'has no query in replication',
    access: { replication: [{ names: ['logs-*'], query: { match_all: {} } }] },
    pointer: '/access/replication/0/query',
    code: 'access.limits-with-replication',
    es: true,
  },
  {
    rule: 'has no field_security in replication',
    access: { replication: [{ names: ['logs-*'], field_security: { grant: ['a'] } }] },
    pointer: '/access/replication/0/field_security',
    code: 'access.limits-with-replication',
    es: true,
  },
  {
    rule: 'has field_security that is an object',
    access: { search: [{ names: ['logs-*'], field_security: ['a'] }] },
    pointer: '/access/search/0/field_security',
    code: 'access.type',
    es: true,
  },
  {
    rule: 'has no empty field_security',
    access: { search: [{ names: ['logs-*'], field_security: {} }] },
    pointer: '/access/search/0/field_security',
    code: 'access.field-security',
    es: true,
  },
  {
    rule: 'has grant with except',
    access: { search: [{ names: ['logs-*'], field_security: { except: ['a'] } }] },
    pointer: '/access/search/0/field_security',
    code: 'access.field-security',
    es: true,
  },
  {
    rule: 'has lists in field_security',
    access: { search: [{ names: ['logs-*'], field_security: { grant: 'a' } }] },
    pointer: '/access/search/0/field_security/grant',
    code: 'access.type',
    es: true,
  },
  {
    rule: 'has grant and except alone in field_security',
    access: { search: [{ names: ['logs-*'], field_security: { grant: ['a'], deny: ['b'] } }] },
    pointer: '/access/search/0/field_security/deny',
    code: 'field.unknown',
    es: true,
  },
];

/** Access that is taken, with what is said of it. */
export const GOOD_ACCESS: ReadonlyArray<{ access: Record<string, unknown>; summary: string }> = [
  { access: { search: [{ names: ['logs-*'] }] }, summary: 'May search logs-*.' },
  { access: { search: [{ names: 'logs-*' }] }, summary: 'May search logs-*.' },
  { access: { replication: [{ names: ['logs-*', 'metrics'] }] }, summary: 'May replicate logs-*, metrics.' },
  { access: { search: [], replication: [{ names: ['logs-*'] }] }, summary: 'May replicate logs-*.' },
  {
    access: { search: [{ names: ['logs-*'] }], replication: [{ names: ['orders'], allow_restricted_indices: true }] },
    summary: 'May search logs-*. May replicate orders (restricted indices included).',
  },
  {
    access: {
      search: [
        {
          names: ['logs-*'],
          query: { term: { team: 'a' } },
          field_security: { grant: ['*'], except: ['secret.*'] },
          allow_restricted_indices: true,
        },
      ],
    },
    summary:
      'May search logs-* (only documents that match the query; only the fields *, except secret.*; restricted indices included).',
  },
  {
    access: { search: [{ names: ['logs-*'], query: '{"term":{"team":"a"}}' }] },
    summary: 'May search logs-* (only documents that match the query).',
  },
];
