import { durationPattern } from '../duration.js';

export const PROFILE_NAME = '^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$';
const DURATION = {
  type: 'string',
  pattern: durationPattern(['s', 'm', 'h', 'd'], 7),
  description: 'Whole number with a unit: 30s, 15m, 1h, 7d.',
} as const;
const NAMES = {
  type: 'array',
  minItems: 1,
  maxItems: 100,
  items: { type: 'string', minLength: 1, maxLength: 1024 },
} as const;
const KUBERNETES_NAME = { type: 'string', pattern: '^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$' } as const;
const SHARE = { type: 'number', minimum: 0.1, maximum: 0.95 } as const;

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
  additionalProperties: false,
  properties: {
    spiffe_id: { type: 'string', maxLength: 2048, pattern: '^spiffe://[a-z0-9._-]+(/[A-Za-z0-9._-]+)+$' },
    spiffe_pattern: {
      type: 'string',
      maxLength: 2048,
      pattern: '^spiffe://[a-z0-9._-]+(/(?:[A-Za-z0-9._-]+|[A-Za-z0-9._-]*\\*[A-Za-z0-9._-]*))+$',
      description:
        'A SPIFFE id in which one `*` a segment stands for any characters of that segment. The trust domain is always literal.',
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
          additionalProperties: { type: ['string', 'number', 'boolean'] },
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
    name: { type: 'string', pattern: PROFILE_NAME, description: 'Also the name of the Envoy secret.' },
    role_descriptors: {
      type: 'object',
      minProperties: 1,
      maxProperties: 20,
      propertyNames: { pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$' },
      additionalProperties: ROLE_DESCRIPTOR,
    },
    ttl: { ...DURATION, description: 'Life of a key, at most 1d.' },
    max_ttl: {
      ...DURATION,
      description:
        'How far from its creation renewals may stretch the life of a key, at most 30d; ttl when absent, so that nothing can be renewed.',
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
      description: 'User that owns the keys; the service identity needs run_as on it.',
    },
    metadata: {
      type: 'object',
      maxProperties: 50,
      propertyNames: {
        pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$',
        not: { enum: ['managed', 'managed_by', 'latchkey'] },
      },
      additionalProperties: { type: ['string', 'number', 'boolean'] },
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
        'How long the old key may live on after a rotation for instances that have not come back; 5m when absent. Never beyond its own end.',
    },
    instance_timeout: {
      ...DURATION,
      description:
        'After this long without a poll an instance counts as gone from this replica; it may still use a key that it was given, until retire_grace. 2m when absent.',
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
