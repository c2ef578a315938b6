import { BODY_PROBLEMS, SERVICE_PROBLEMS } from '../../authorization/api-problems.decorator.js';
import type { FeatureDocs } from '../../authorization/operation.decorator.js';
import { RevokeLeasesBody } from './operators.dto.js';
import {
  InstanceListResponse,
  LeaseListResponse,
  ProfileListResponse,
  RevokedLeasesResponse,
  RoleResponse,
} from './operators.responses.dto.js';

const SUBJECT = 'spiffe://cluster.local/ns/shop/sa/orders';
const LEASE = 'orders-logs-writer.VuaCfGcBCdbkQm-e5aOx';
const REASON = 'A key was seen in a log';

const REVOKE_EXAMPLES = {
  profile: {
    summary: 'All of a profile',
    value: { profile: 'orders-logs-writer', confirm: 'orders-logs-writer', reason: REASON },
  },
  namespace: { summary: 'All of a namespace', value: { namespace: 'shop', confirm: 'shop', reason: REASON } },
  workload: { summary: 'All of a workload', value: { subject: SUBJECT, confirm: SUBJECT, reason: REASON } },
  lease: { summary: 'One', value: { lease_id: LEASE, confirm: LEASE, reason: REASON } },
};

export const OPERATOR_DOCS = {
  'credentials.list': {
    description: 'Counts are those of the replica that answers.',
    answers: { 200: { type: ProfileListResponse } },
  },
  'credentials.role': {
    description:
      'The union of what the profiles give, and what the service itself needs: to make keys, to read the license, ' +
      'and to write the state index and the audit index.',
    answers: { 200: { type: RoleResponse } },
  },
  'credentials.instances': {
    description: 'As the replica that answers has seen them; others may have seen others.',
    problems: ['profile.unknown'],
    answers: { 200: { type: InstanceListResponse } },
  },
  'credentials.envoy-config': {
    description:
      'As YAML, for `envoy --mode validate` to accept. Holds nothing secret: the sidecar gets its key from the polls ' +
      'that this configures.',
    problems: ['profile.unknown'],
    answers: {
      200: {
        description: 'One part of the configuration.',
        content: { 'application/yaml': { schema: { type: 'string' } } },
      },
    },
  },
  'leases.list': { answers: { 200: { type: LeaseListResponse } } },
  'leases.revoke-many': {
    description:
      'Ends the leases that are alive now. Sidecars are given new keys at once; close the profile (or take the allow ' +
      'rule away) first when they must not be.',
    problems: [...BODY_PROBLEMS, ...SERVICE_PROBLEMS],
    body: { type: RevokeLeasesBody, examples: REVOKE_EXAMPLES },
    answers: { 200: { type: RevokedLeasesResponse } },
  },
} satisfies FeatureDocs<'credentials' | 'leases'>;
