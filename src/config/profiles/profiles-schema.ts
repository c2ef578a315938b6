import { MUST } from '../policy-file/schema-error.js';
import { duration, SCALAR } from '../policy-file/schema-parts.js';

export const PROFILE_NAME = '^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$';
/** The same in words, as the end of "must ...". */
export const PROFILE_NAME_WORDS =
  'have 1 to 64 characters of a-z, 0-9, ., _ and -, with a letter or digit at both ends';
const DURATION = {
  ...duration(7),
  description: 'Whole number with a unit: 30s, 15m, 1h, 7d.',
} as const;
const NAMES = {
  type: 'array',
  minItems: 1,
  maxItems: 100,
  items: { type: 'string', minLength: 1, maxLength: 1024 },
} as const;
const KUBERNETES_NAME = {
  type: 'string',
  pattern: '^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$',
  [MUST]: 'be the name of a Kubernetes object',
} as const;
const SHARE = { type: 'number', minimum: 0.1, maximum: 0.95, [MUST]: 'be a number from 0.1 to 0.95' } as const;

const INDICES = {
  type: 'array',
  minItems: 1,
  maxItems: 100,
  items: {
    type: 'object',
    required: ['names', 'privileges'],
    additionalProperties: false,
    properties: {
      names: NAMES,
      privileges: NAMES,
      field_security: { type: 'object', minProperties: 1 },
      query: {
        anyOf: [
          { type: 'string', minLength: 2 },
          { type: 'object', minProperties: 1 },
        ],
      },
      allow_restricted_indices: { type: 'boolean' },
    },
  },
} as const;

const ROLE_DESCRIPTOR = {
  type: 'object',
  description: 'Must grant something.',
  minProperties: 1,
  additionalProperties: false,
  properties: {
    description: { type: 'string', maxLength: 1000 },
    cluster: NAMES,
    indices: INDICES,
    applications: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        type: 'object',
        required: ['application', 'privileges', 'resources'],
        additionalProperties: false,
        properties: { application: { type: 'string', minLength: 1 }, privileges: NAMES, resources: NAMES },
      },
    },
  },
} as const;

const ALLOW = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  [MUST]: 'hold one rule; put each in an entry of its own',
  additionalProperties: false,
  properties: {
    spiffe_id: {
      type: 'string',
      maxLength: 2048,
      pattern: '^spiffe://[a-z0-9._-]+(/[A-Za-z0-9._-]+)+$',
      [MUST]: 'be a SPIFFE id such as spiffe://cluster.local/ns/shop/sa/orders',
    },
    spiffe_pattern: {
      type: 'string',
      maxLength: 2048,
      pattern: '^spiffe://[a-z0-9._-]+(/(?:[A-Za-z0-9._-]+|[A-Za-z0-9._-]*\\*[A-Za-z0-9._-]*))+$',
      [MUST]: 'be a SPIFFE id with at most one * in a segment, and none in the trust domain',
      description:
        'A SPIFFE id in which one `*` a segment stands for any characters of that segment. The trust domain is ' +
        'always literal.',
    },
    kubernetes: {
      type: 'object',
      required: ['namespace', 'service_account'],
      additionalProperties: false,
      properties: { namespace: KUBERNETES_NAME, service_account: KUBERNETES_NAME },
    },
    jwt: {
      type: 'object',
      required: ['issuer', 'claims'],
      additionalProperties: false,
      properties: {
        issuer: { type: 'string', minLength: 1, maxLength: 2048 },
        claims: {
          type: 'object',
          minProperties: 1,
          maxProperties: 20,
          additionalProperties: SCALAR,
          description: 'All must hold. A claim that is a list holds when it contains the value.',
        },
      },
    },
  },
} as const;

const PROFILE = {
  type: 'object',
  required: ['name', 'role_descriptors', 'ttl'],
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      pattern: PROFILE_NAME,
      [MUST]: PROFILE_NAME_WORDS,
      description: 'Also the name of the Envoy secret.',
    },
    role_descriptors: {
      type: 'object',
      minProperties: 1,
      maxProperties: 20,
      [MUST]: 'not be empty: that would mean all rights of the service identity (allowed: 1 to 20 roles)',
      propertyNames: {
        pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$',
        [MUST]: 'have 1 to 100 characters of A-Z, a-z, 0-9, ., _ and -',
      },
      additionalProperties: ROLE_DESCRIPTOR,
    },
    ttl: { ...DURATION, description: 'Life of a key, at most 1d.' },
    max_ttl: {
      ...DURATION,
      description:
        'How far from its creation renewals may stretch the life of a key, at most 30d; ttl when absent, so that ' +
        'nothing can be renewed.',
    },
    header_value: {
      enum: ['encoded', 'authorization'],
      default: 'encoded',
      description: 'For Envoy: `encoded` with header_value_prefix "ApiKey ", or `authorization`, the whole value.',
    },
    per: { enum: ['workload', 'instance'], default: 'workload', description: 'Who shares a key.' },
    run_as: {
      type: 'string',
      minLength: 1,
      maxLength: 507,
      pattern: '^[^\\s:]+$',
      [MUST]: 'be a user name of 1 to 507 characters without spaces and colons',
      description: 'User that owns the keys; the service identity needs run_as on it.',
    },
    metadata: {
      type: 'object',
      maxProperties: 50,
      propertyNames: {
        pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$',
        not: { enum: ['managed', 'managed_by', 'latchkey'] },
        [MUST]: 'have 1 to 100 characters of A-Z, a-z, 0-9, _ and -, and not be managed, managed_by or latchkey',
      },
      additionalProperties: SCALAR,
      description: 'Goes into the metadata of each key.',
    },
    rotate_at: {
      description:
        'Share of its life after which a key is replaced: one number, or a span in which each key has its own point.',
      anyOf: [
        SHARE,
        {
          type: 'object',
          required: ['from', 'to'],
          additionalProperties: false,
          properties: { from: SHARE, to: SHARE },
        },
      ],
      default: { from: 0.6, to: 0.7 },
    },
    retire_grace: {
      ...DURATION,
      description:
        'How long the old key may live on after a rotation for instances that have not come back; 5m when absent. ' +
        'Never beyond its own end.',
    },
    instance_timeout: {
      ...DURATION,
      description:
        'After this long without a poll an instance counts as gone from this replica; it may still use a key that it ' +
        'was given, until retire_grace. 2m when absent.',
    },
    closed: { type: 'boolean', default: false, description: 'Gives out nothing.' },
    limits: {
      type: 'object',
      additionalProperties: false,
      description: 'Of one workload; when absent 50 keys and 60 a minute, or 1000 and 600 with per: instance.',
      properties: {
        live_keys: { type: 'integer', minimum: 1, maximum: 20_000 },
        mints_per_minute: { type: 'integer', minimum: 1, maximum: 60_000 },
      },
    },
    allow: {
      type: 'array',
      maxItems: 200,
      items: ALLOW,
      description: 'Any one is enough. Nobody when absent or empty.',
    },
  },
} as const;

/** The profiles file; the one source of docs/profiles.schema.json, of the checks and of their messages. */
export const PROFILES_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'urn:latchkey:profiles',
  title: 'Latchkey credential profiles',
  type: 'object',
  required: ['profiles'],
  additionalProperties: false,
  properties: { profiles: { type: 'array', maxItems: 500, items: PROFILE } },
} as const;
