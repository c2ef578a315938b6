import { MUST } from './policy-file/schema-error.js';
import { duration, SCALAR, TEXT } from './policy-file/schema-parts.js';

const MANAGER = {
  type: 'object',
  required: ['label', 'owner', 'consequence', 'match'],
  additionalProperties: false,
  properties: {
    label: { ...TEXT, description: 'Name of the software that owns the keys.' },
    owner: { ...TEXT, description: 'Who answers for that software.' },
    consequence: { ...TEXT, description: 'What stops working without the key.' },
    match: {
      type: 'object',
      minProperties: 1,
      [MUST]: 'name at least one of name_prefix, metadata, username, realm',
      additionalProperties: false,
      description: 'Which keys are meant. All parts that are given must match.',
      properties: {
        name_prefix: { ...TEXT, description: 'Start of the name of the key.' },
        metadata: {
          type: 'object',
          additionalProperties: SCALAR,
          description: 'Metadata of the key, compared as text.',
        },
        username: { ...TEXT, description: 'User that owns the key.' },
        realm: { ...TEXT, description: 'Realm of that user.' },
      },
    },
  },
} as const;

const TEMPLATE = {
  type: 'object',
  required: ['name', 'role_descriptors', 'max_lifetime'],
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$',
      [MUST]: 'have 1 to 100 characters of A-Z, a-z, 0-9, . _ -, and start with a letter or digit',
      description: 'Name of the template, and the start of the names of its keys.',
    },
    role_descriptors: {
      type: 'object',
      minProperties: 1,
      [MUST]: 'not be empty: that would be all rights of the service identity',
      additionalProperties: { type: 'object' },
      description: 'Rights of a key, as Elasticsearch takes them.',
    },
    max_lifetime: { ...duration(9), description: 'Longest life of a key.' },
    allow: {
      type: 'array',
      description: 'Who may have such a key made. Nobody when absent or empty.',
      items: {
        type: 'object',
        required: ['username', 'realm'],
        additionalProperties: false,
        properties: { username: TEXT, realm: TEXT },
      },
    },
  },
} as const;

/** The file of managed keys; the one source of docs/managed-keys.schema.json, of the checks and of their messages. */
export const MANAGED_KEYS_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'urn:latchkey:managed-keys',
  title: 'Latchkey managed keys',
  type: 'object',
  additionalProperties: false,
  properties: {
    managers: {
      type: 'array',
      items: MANAGER,
      description: 'Rules by which keys count as managed by software. The first that matches names the manager.',
    },
    templates: {
      type: 'array',
      items: TEMPLATE,
      description: 'Keys that the service makes under its own name.',
    },
  },
} as const;
