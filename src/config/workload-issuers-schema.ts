import { MUST } from './policy-file/schema-error.js';
import { duration, TEXT } from './policy-file/schema-parts.js';

export const ISSUER_KINDS = ['jwt_svid', 'kubernetes', 'jwt'] as const;

/** Asymmetric only: with a shared secret whoever verifies could also issue. */
export const TOKEN_ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

export const ADDRESS_WORDS = 'be an https:// address without user name, query and fragment';

/** Nothing that could be a secret, or lead elsewhere, may stand in an address. */
const ADDRESS = {
  type: 'string',
  pattern: '^https?://[^\\s@?#\\\\]+$',
  [MUST]: ADDRESS_WORDS,
} as const;

const TOKEN_REVIEW = {
  type: 'object',
  required: ['url', 'token_file'],
  additionalProperties: false,
  description:
    'Only for kind kubernetes: asks the API server about each token, so that one of a deleted pod is refused.',
  properties: {
    url: { ...ADDRESS, description: 'Address of the Kubernetes API server.' },
    token_file: { ...TEXT, description: 'File with the token with which Latchkey itself asks.' },
    ca_file: { ...TEXT, description: 'PEM file with the authorities of that server.' },
  },
} as const;

const ISSUER = {
  type: 'object',
  required: ['issuer', 'kind', 'audience'],
  additionalProperties: false,
  description: 'Has either jwks_uri or jwks_file.',
  properties: {
    issuer: {
      type: 'string',
      // A # ends the issuer in the subject of a workload.
      pattern: '^[!-"$-~]{1,255}$',
      [MUST]: 'be 1 to 255 visible ASCII characters without #',
      description: 'Equals the claim iss, character for character.',
    },
    kind: { enum: ISSUER_KINDS, description: 'What its tokens are. At most one issuer is of kind kubernetes.' },
    audience: { ...TEXT, description: 'Must be among the audiences of a token.' },
    algorithms: {
      type: 'array',
      minItems: 1,
      items: { enum: TOKEN_ALGORITHMS },
      default: ['RS256', 'ES256'],
      description: 'Accepted signatures.',
    },
    jwks_uri: { ...ADDRESS, description: 'Where the public keys are fetched.' },
    jwks_file: { ...TEXT, description: 'File with the public keys, read on each use.' },
    jwks_token_file: { ...TEXT, description: 'File with a token that is sent to jwks_uri.' },
    ca_file: { ...TEXT, description: 'PEM file with the authorities of jwks_uri.' },
    max_age: { ...duration(6), default: '1h', description: 'Longest time since the token was issued.' },
    trust_domain: {
      type: 'string',
      pattern: '^[a-z0-9._-]{1,255}$',
      [MUST]: 'be a SPIFFE trust domain, such as cluster.local',
      description: 'For kind jwt_svid, and only there: the one trust domain that this issuer speaks for.',
    },
    token_review: TOKEN_REVIEW,
  },
} as const;

/** The file of issuers; the one source of docs/workload-issuers.schema.json, of the checks and of their messages. */
export const WORKLOAD_ISSUERS_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'urn:latchkey:workload-issuers',
  title: 'Latchkey workload issuers',
  type: 'object',
  required: ['issuers'],
  additionalProperties: false,
  properties: {
    issuers: {
      type: 'array',
      minItems: 1,
      [MUST]: 'be a list of at least one issuer',
      items: ISSUER,
    },
  },
} as const;
