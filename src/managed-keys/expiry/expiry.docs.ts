import type { FeatureDocs } from '../../authorization/operation.decorator.js';
import { ExpiringManagedKeysResponse } from '../managed-keys.responses.dto.js';

export const EXPIRY_DOCS = {
  'managed-keys.expiring': {
    description: 'Live keys with an expiration within the time given, the soonest first.',
    answers: { 200: { type: ExpiringManagedKeysResponse } },
  },
  'managed-keys.calendar': {
    description:
      'The same as a calendar to subscribe to (RFC 5545), with the first 1,000 keys. ' +
      'Calendar programs sign in with Basic authentication.',
    answers: {
      200: {
        description: 'One entry for the end of each key.',
        content: { 'text/calendar': { schema: { type: 'string' } } },
      },
    },
  },
} satisfies FeatureDocs<'managed-keys'>;
