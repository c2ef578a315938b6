import {
  BODY_PROBLEMS,
  IDEMPOTENCY_PROBLEMS,
  ONE_KEY_PROBLEMS,
  SERVICE_PROBLEMS,
} from '../../authorization/api-problems.decorator.js';
import type { FeatureDocs } from '../../authorization/operation.decorator.js';
import { idempotencyKey } from '../../keys/routes/key-routes.docs.js';
import { EndRotationBody, RotatedManagedKeyResponse, RotateManagedKeyBody, RotationResponse } from './rotation.dto.js';

const REASON = 'Ticket OPS-1234';
const SECRET = Buffer.from('VuaCfGcBCdbkQm-e5aOx:the-old-secret').toString('base64');

const ROTATE_EXAMPLES = {
  owner: { summary: 'By its owner, or for a key of the service', value: { grace: '24h', reason: REASON } },
  holder: {
    summary: 'By a holder of the old secret (Elasticsearch 9.4)',
    value: { grace: '24h', reason: REASON, encoded: SECRET },
  },
};

const END_EXAMPLES = { ended: { summary: 'With its reason', value: { reason: REASON } } };

const END_DOCS = {
  problems: [
    ...BODY_PROBLEMS,
    ...ONE_KEY_PROBLEMS,
    ...SERVICE_PROBLEMS,
    'caller.is-api-key',
    'key.invalidation-unconfirmed',
    'rotation.unknown',
    'rotation.owner-required',
    'rotation.not-ready',
  ],
  body: { type: EndRotationBody, examples: END_EXAMPLES },
  answers: { 200: { type: RotationResponse } },
} as const;

export const ROTATION_DOCS = {
  'managed-keys.rotate': {
    description:
      'Makes a new key with the role descriptors, metadata and owner of the old one, and lets the old one end after ' +
      'the grace. The owner rotates its own keys; keys of the service are rotated by it for a holder of ' +
      '`manage_security` or a caller of their template; a holder of the old secret (`encoded`) who has ' +
      '`manage_api_key` gets a clone (Elasticsearch 9.4+). Everybody else gets `rotation.owner-required`. With an ' +
      'Idempotency-Key a second call goes on where the first one stopped and answers 200, without the secret. ' +
      "Setting the end renews the snapshot of the owner's rights in the old key, as every update does.",
    problems: [
      ...BODY_PROBLEMS,
      ...ONE_KEY_PROBLEMS,
      ...SERVICE_PROBLEMS,
      ...IDEMPOTENCY_PROBLEMS,
      'caller.is-api-key',
      'key.invalidated',
      'key.expired',
      'key.leased',
      'template.not-allowed',
      'template.changed',
      'rotation.in-progress',
      'rotation.owner-required',
    ],
    headers: [idempotencyKey('. Remembered in the metadata of the new key, by every replica.')],
    body: { type: RotateManagedKeyBody, examples: ROTATE_EXAMPLES },
    answers: {
      200: { type: RotatedManagedKeyResponse, description: 'Gone on with; no secret.' },
      201: {
        type: RotatedManagedKeyResponse,
        headers: { Location: { description: 'Route of the rotation.', schema: { type: 'string' } } },
      },
    },
  },
  'managed-keys.rotation': {
    problems: [...ONE_KEY_PROBLEMS, 'rotation.unknown'],
    answers: { 200: { type: RotationResponse } },
  },
  'managed-keys.cancel-rotation': {
    description:
      'While the old key lives: gives it back its end and invalidates the new one. A key that never expired gets an ' +
      'end in 100 years, since an expiration can be moved but not removed.',
    ...END_DOCS,
  },
  'managed-keys.finalize-rotation': {
    description: 'Invalidates the old key when the new one lives; else nothing changes.',
    ...END_DOCS,
  },
} satisfies FeatureDocs<'managed-keys'>;
