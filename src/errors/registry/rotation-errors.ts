import type { ErrorDefinitions } from './error-definition.js';

/** A new key in place of an old one. */
export const ROTATION_ERRORS = {
  'rotation.in-progress': {
    status: 409,
    title: 'A rotation of this key is in progress',
    remedy:
      'Finalize it. If the secret of the new key (new_key_id) was lost, cancel it; ' +
      'the old key gets its original expiration back. Then rotate again. ' +
      'A cross-cluster rotation has no cancel: invalidate its new key.',
    members: { new_key_id: 'always', see: 'sometimes' },
    example: {
      new_key_id: 'w2aPfGcBCdbkQm-e5bQz',
      see: '/v1/managed-keys/VuaCfGcBCdbkQm-e5aOx/rotations/w2aPfGcBCdbkQm-e5bQz',
    },
  },
  'rotation.not-found': {
    status: 409,
    title: 'There is no rotation of this key to finalize',
    remedy: 'Start one with POST .../rotate on the old key. Call finalize on the old key too.',
  },
  'rotation.no-such-successor': {
    status: 422,
    title: 'new_key_id names no key',
    remedy: 'Send the id of the new key that rotate returned. Leave new_key_id out when only one new key is active.',
    members: { errors: 'always' },
    example: { errors: [{ pointer: '/new_key_id', code: 'unknown', detail: 'no key has this id' }] },
  },
  'rotation.unknown': {
    status: 404,
    title: 'No such rotation',
    remedy:
      'The id of a rotation is the id of its new key. ' +
      'The rotation is known until Elasticsearch removes that key, 7 days after it was invalidated or expired.',
  },
  'rotation.owner-required': {
    status: 409,
    denies: true,
    title: 'You are not allowed to rotate this key',
    remedy:
      'A new key made by another user could have more privileges than the old one. ' +
      'The detail says who can rotate it. ' +
      "On Elasticsearch 9.4 or later, a caller with manage_api_key can send the old key's secret instead.",
    members: { owner: 'always' },
    example: { owner: { username: 'jane', realm: 'native1' } },
  },
  'rotation.not-ready': {
    status: 409,
    title: 'The new key cannot take over',
    remedy: 'The detail says which key is not active, or that several keys qualify. Nothing was changed.',
    members: { new_key_ids: 'sometimes' },
    example: { new_key_ids: ['w2aPfGcBCdbkQm-e5bQz', 'x3aPfGcBCdbkQm-e5bRa'] },
  },
} as const satisfies ErrorDefinitions;
