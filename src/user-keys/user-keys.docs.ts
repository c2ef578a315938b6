import type { FeatureDocs } from '../authorization/operation.decorator.js';
import { UserKeyResponse } from '../keys/fields/key.responses.dto.js';
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
  CreatedUserKeyResponse,
  CreateUserKeyBody,
  UpdatedUserKeyResponse,
  UpdateUserKeyBody,
  UserKeyListResponse,
} from './user-keys.dto.js';

const READER = { reader: { indices: [{ names: ['orders-*'], privileges: ['read'] }] } };

const CREATE_EXAMPLES = {
  limited: {
    summary: 'With some of the own rights',
    value: { name: 'orders-reader', expiration: '90d', role_descriptors: READER, metadata: { team: 'orders' } },
  },
  all: { summary: 'With all of the own rights', value: { name: 'orders-admin', expiration: '7d' } },
};

const UPDATE_EXAMPLES = {
  metadata: { summary: 'Other metadata', value: { metadata: { team: 'orders' } } },
  rights: { summary: 'Other rights', value: { role_descriptors: READER } },
  expiration: { summary: 'Another end', value: { expiration: '90d' } },
};

export const USER_KEY_DOCS = {
  'user-keys.create': createDocs(
    { body: { type: CreateUserKeyBody, examples: CREATE_EXAMPLES }, answer: CreatedUserKeyResponse },
    '; a repeat within 24 hours is answered 409 with the id of the key, by any replica.',
  ),
  'user-keys.list': listDocs(
    UserKeyListResponse,
    'All keys or the own ones, as the privileges of the caller say. ' +
      'Managed and cross-cluster keys are not among them.',
  ),
  'user-keys.summary': summaryDocs(),
  'user-keys.get': getDocs(UserKeyResponse),
  'user-keys.update': updateDocs({
    body: { type: UpdateUserKeyBody, examples: UPDATE_EXAMPLES },
    answer: UpdatedUserKeyResponse,
  }),
  'user-keys.invalidate': invalidateDocs('Final. A key that is already invalidated is answered alike.'),
  'user-keys.invalidate-many': invalidateManyDocs(),
} satisfies FeatureDocs<'user-keys'>;
