const string = { type: 'string' } as const;
const strings = { type: 'array', items: string } as const;

function described<const Schema extends object>(schema: Schema, description: string) {
  return { ...schema, description };
}

/** An object that always has all of these properties. */
function object<const Properties extends object>(properties: Properties) {
  return { type: 'object', required: Object.keys(properties), properties } as const;
}

/** What a problem can carry beside the members that every problem has: each name with its schema in OpenAPI. */
export const PROBLEM_MEMBERS = {
  errors: {
    type: 'array',
    items: object({
      pointer: described(string, 'JSON pointer into the body, or query:, path: or header: and a name.'),
      code: string,
      detail: string,
    }),
    description: 'What is wrong with the request, place by place.',
  },
  required_privileges: described(strings, 'Cluster privileges of which one is needed.'),
  missing_privileges: described(strings, 'Those of required_privileges that the caller does not hold.'),
  key_id: described(string, 'The key that was created.'),
  new_key_id: described(string, 'The key that was made to replace this one.'),
  new_key_ids: described(strings, 'The active keys that were made to replace this one.'),
  owner: described(object({ username: string, realm: string }), 'The Elasticsearch user that owns the key.'),
  see: described(string, 'Route to use instead, or to look at.'),
  manager: described(
    object({ label: string, owner: string, consequence: string }),
    'The software that manages the key, who answers for it, and what breaks without the key.',
  ),
  present_license: described(object({ type: string, status: string }), 'The license that the cluster has.'),
  required_license: described(strings, 'License types of which one is needed.'),
  expires_at: { type: 'string', format: 'date-time', description: 'When the key expires.' },
} as const;

export type MemberName = keyof typeof PROBLEM_MEMBERS;

type TypeOf<Schema> = Schema extends { type: 'string' }
  ? string
  : Schema extends { type: 'array'; items: infer Item }
    ? readonly TypeOf<Item>[]
    : Schema extends { type: 'object'; properties: infer Properties }
      ? { readonly [Name in keyof Properties]: TypeOf<Properties[Name]> }
      : never;

/** The TypeScript type of each member, made of its schema. */
export type ProblemMembers = { [Name in MemberName]: TypeOf<(typeof PROBLEM_MEMBERS)[Name]> };

/** What is wrong with one place of a request. */
export type FieldError = ProblemMembers['errors'][number];
