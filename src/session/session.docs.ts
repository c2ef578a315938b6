import type { FeatureDocs } from '../authorization/operation.decorator.js';
import { LicenseResponse } from './license.dto.js';
import { SessionResponse } from './session.dto.js';

export const SESSION_DOCS = {
  'session.get': { answers: { 200: { type: SessionResponse } } },
  'license.get': {
    description: 'Read with the identity of the service when it has one; else as the caller, who then needs `monitor`.',
    problems: ['privilege.missing'],
    answers: { 200: { type: LicenseResponse } },
  },
} satisfies FeatureDocs<'session' | 'license'>;
