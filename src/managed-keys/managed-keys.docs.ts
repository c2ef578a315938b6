import { BODY_PROBLEMS, SERVICE_PROBLEMS } from '../authorization/api-problems.decorator.js';
import type { FeatureDocs } from '../authorization/operation.decorator.js';
import {
  createDocs,
  getDocs,
  invalidateDocs,
  invalidateManyDocs,
  listDocs,
  summaryDocs,
  updateDocs,
} from '../keys/routes/key-routes.docs.js';
import {
  CreateManagedKeyBody,
  InvalidateManagedKeyBody,
  InvalidateManagedKeysBody,
  UpdateManagedKeyBody,
} from './managed-keys.dto.js';
import {
  CreatedManagedKeyResponse,
  ManagedKeyListResponse,
  ManagedKeyResponse,
  UpdatedManagedKeyResponse,
} from './managed-keys.responses.dto.js';

const MARKS = { managed_by: 'orders-platform', owner: 'team-orders', purpose: 'Writing the log of orders' };
const WRITER = { writer: { indices: [{ names: ['logs-orders'], privileges: ['create_doc'] }] } };
const ID = 'VuaCfGcBCdbkQm-e5aOx';
const NAME = 'orders-writer';
const REASON = 'Ticket OPS-1234';

const CREATE_EXAMPLES = {
  caller: {
    summary: 'As the caller',
    value: { name: 'orders/exporter', ...MARKS, expiration: '90d', role_descriptors: WRITER },
  },
  service: {
    summary: 'Of the service, for a holder of manage_security',
    value: { name: 'orders/exporter', ...MARKS, as: 'service', expiration: '90d', role_descriptors: WRITER },
  },
  template: {
    summary: 'Of the service, by a template of the operator',
    value: { name: 'orders-writer/eu', ...MARKS, template: 'orders-writer' },
  },
};

const UPDATE_EXAMPLES = {
  metadata: {
    summary: 'Other metadata; marks stay',
    value: { metadata: { env: 'prod' }, confirm: NAME, reason: REASON },
  },
  expiration: { summary: 'Another end', value: { expiration: '90d', confirm: NAME, reason: REASON } },
};

const INVALIDATE_EXAMPLES = { one: { summary: 'Said by name', value: { confirm: NAME, reason: REASON } } };

const INVALIDATE_MANY_EXAMPLES = {
  one: { summary: 'Each said by name', value: { ids: [ID], confirm: { [ID]: NAME }, reason: REASON } },
};

const invalidate = invalidateDocs(
  'Final. `confirm` must be the name of the key, and `reason` say why; both in the body or in the query.',
);

export const MANAGED_KEY_DOCS = {
  'managed-keys.create': createDocs({
    description:
      'Made as the caller, so that Elasticsearch caps the key at the rights of the caller. The service makes a ' +
      'key of its own only for a holder of `manage_security` (`as: service`), or by a `template` of the operator. ' +
      'The secret is in this answer and nowhere else.',
    problems: [...SERVICE_PROBLEMS, 'template.not-allowed'],
    body: { type: CreateManagedKeyBody, examples: CREATE_EXAMPLES },
    answer: CreatedManagedKeyResponse,
  }),
  'managed-keys.list': listDocs(
    ManagedKeyListResponse,
    'Keys that software owns, as the rules of the service say: `metadata.managed`, names that begin with ' +
      '`Alerting: `, and the rules of the operator.',
  ),
  'managed-keys.summary': summaryDocs(),
  'managed-keys.get': getDocs(ManagedKeyResponse),
  'managed-keys.update': updateDocs({
    description:
      'Only the owner can; keys of the service are updated by it for a holder of `manage_security`. `confirm` ' +
      'must be the name of the key. Name and type never change, and the key stays managed.',
    problems: [...SERVICE_PROBLEMS, 'key.confirmation-mismatch', 'key.leased'],
    body: { type: UpdateManagedKeyBody, examples: UPDATE_EXAMPLES },
    answer: UpdatedManagedKeyResponse,
  }),
  'managed-keys.invalidate': {
    ...invalidate,
    problems: [...BODY_PROBLEMS, ...(invalidate.problems ?? []), 'key.confirmation-mismatch'],
    body: { type: InvalidateManagedKeyBody, required: false, examples: INVALIDATE_EXAMPLES },
  },
  'managed-keys.invalidate-many': invalidateManyDocs(
    { type: InvalidateManagedKeysBody, examples: INVALIDATE_MANY_EXAMPLES },
    'Final. Each id has its own outcome, none is skipped silently. A batch in which any id is refused changes ' +
      'nothing (`batch.held-back`) unless `allow_partial` is true.',
  ),
} satisfies FeatureDocs<'managed-keys'>;
