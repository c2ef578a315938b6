import { BODY_PROBLEMS, PROFILE_PROBLEMS } from '../../authorization/api-problems.decorator.js';
import type { FeatureDocs } from '../../authorization/operation.decorator.js';
import { IssueCredentialBody, LeaseResponse, RenewedLeaseResponse } from './leases.dto.js';

export const LEASE_DOCS = {
  'credentials.issue': {
    description: 'Instances of one workload share a key, so the same may be answered again while it is young.',
    problems: [...BODY_PROBLEMS, ...PROFILE_PROBLEMS, 'credential.not-ready', 'credential.limit'],
    body: { type: IssueCredentialBody, required: false },
    answers: { 201: { type: LeaseResponse } },
  },
  'leases.renew': {
    description:
      'By the workload that it belongs to. Never beyond max_ttl of the profile, counted from the creation of the key.',
    problems: [...PROFILE_PROBLEMS, 'lease.not-found', 'lease.ended', 'lease.at-limit'],
    answers: { 200: { type: RenewedLeaseResponse } },
  },
  'leases.revoke': {
    description:
      'By the workload that it belongs to; operators use POST /v1/leases/_revoke. ' +
      'The key dies, for every instance that shares it.',
    problems: ['lease.not-found', 'key.invalidation-unconfirmed'],
    answers: { 204: {} },
  },
} satisfies FeatureDocs<'credentials' | 'leases'>;
