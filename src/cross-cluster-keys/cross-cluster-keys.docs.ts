import { BODY_PROBLEMS, ONE_KEY_PROBLEMS } from '../authorization/api-problems.decorator.js';
import type { FeatureDocs } from '../authorization/operation.decorator.js';
import {
  createDocs,
  getDocs,
  invalidateDocs,
  invalidateManyDocs,
  listDocs,
  NEW_KEY_HEADER,
  summaryDocs,
  updateDocs,
} from '../keys/routes/key-routes.docs.js';
import {
  CreateCrossClusterKeyBody,
  FinalizeRotationBody,
  MatchIdentityBody,
  RotateCrossClusterKeyBody,
  UpdateCrossClusterKeyBody,
} from './cross-cluster-keys.dto.js';
import {
  ConnectPlanResponse,
  CreatedCrossClusterKeyResponse,
  CrossClusterKeyListResponse,
  CrossClusterKeyResponse,
  FinalizedRotationResponse,
  IdentityMatchResponse,
  RotatedCrossClusterKeyResponse,
  UpdatedCrossClusterKeyResponse,
} from './cross-cluster-keys.responses.dto.js';

const SEARCH = [{ names: ['logs-*'] }];
const IDENTITY = 'CN=local-.*,OU=search,O=Org';

const CREATE_EXAMPLES = {
  search: {
    summary: 'Search, with the steps to connect',
    value: {
      name: 'from-paris',
      expiration: '90d',
      access: { search: SEARCH },
      formats: ['remote-cluster'],
      alias: 'alpha',
      address: 'es.example.org:9443',
    },
  },
  both: {
    summary: 'Search and replication',
    value: {
      name: 'from-paris',
      expiration: '90d',
      access: { search: SEARCH, replication: [{ names: ['archive-*'] }] },
    },
  },
};

const UPDATE_EXAMPLES = {
  access: { summary: 'Other access', value: { access: { search: SEARCH } } },
  metadata: { summary: 'Other metadata', value: { metadata: { team: 'search' } } },
  expiration: { summary: 'Another end', value: { expiration: '90d' } },
  identity: {
    summary: 'Only for one certificate (Elasticsearch 9.3)',
    value: { certificate_identity: IDENTITY },
  },
};

const MATCH_EXAMPLES = {
  matches: {
    summary: 'One that matches',
    value: { certificate_identity: IDENTITY, subject: 'CN=local-b,OU=search,O=Org' },
  },
};

const ROTATE_EXAMPLES = {
  plain: { summary: 'The new key alone', value: {} },
  steps: {
    summary: 'With the steps to connect',
    value: { alias: 'cluster_one', mode: 'proxy', address: 'es.example.org:9443' },
  },
};

const FINALIZE_EXAMPLES = {
  only: { summary: 'When there is one new key', value: {} },
  named: { summary: 'When there are several', value: { new_key_id: 'WeaCfGcBCdbkQm-e5aOx' } },
};

export const CROSS_CLUSTER_KEY_DOCS = {
  'cross-cluster-keys.create': createDocs({
    body: { type: CreateCrossClusterKeyBody, examples: CREATE_EXAMPLES },
    answer: CreatedCrossClusterKeyResponse,
  }),
  'cross-cluster-keys.list': listDocs(CrossClusterKeyListResponse),
  'cross-cluster-keys.summary': summaryDocs(),
  'cross-cluster-keys.get': getDocs(CrossClusterKeyResponse),
  'cross-cluster-keys.update': updateDocs({
    body: { type: UpdateCrossClusterKeyBody, examples: UPDATE_EXAMPLES },
    answer: UpdatedCrossClusterKeyResponse,
  }),
  'cross-cluster-keys.invalidate': invalidateDocs('Final: the next search of the other cluster is refused.'),
  'cross-cluster-keys.invalidate-many': invalidateManyDocs(),
  'cross-cluster-keys.match-identity': {
    description: 'Asks nobody: compares as Elasticsearch does, so that a key need not be locked out to find out.',
    problems: BODY_PROBLEMS,
    body: { type: MatchIdentityBody, examples: MATCH_EXAMPLES },
    answers: { 200: { type: IdentityMatchResponse } },
  },
  'cross-cluster-keys.connect': { problems: ONE_KEY_PROBLEMS, answers: { 200: { type: ConnectPlanResponse } } },
  'cross-cluster-keys.rotate': {
    description:
      'The old key stays alive. The new one has its name, access, metadata, certificate identity and length of life.',
    problems: [
      ...BODY_PROBLEMS,
      ...ONE_KEY_PROBLEMS,
      'caller.is-api-key',
      'key.invalidated',
      'key.expired',
      'rotation.in-progress',
      'rotation.not-ready',
    ],
    body: { type: RotateCrossClusterKeyBody, required: false, examples: ROTATE_EXAMPLES },
    answers: { 201: { type: RotatedCrossClusterKeyResponse, headers: NEW_KEY_HEADER } },
  },
  'cross-cluster-keys.finalize': {
    description: 'Called on the old key. Invalidates it when the new one is alive; else nothing changes.',
    problems: [
      ...BODY_PROBLEMS,
      ...ONE_KEY_PROBLEMS,
      'key.invalidation-unconfirmed',
      'rotation.not-found',
      'rotation.no-such-successor',
      'rotation.not-ready',
    ],
    body: { type: FinalizeRotationBody, required: false, examples: FINALIZE_EXAMPLES },
    answers: { 200: { type: FinalizedRotationResponse } },
  },
} satisfies FeatureDocs<'cross-cluster-keys'>;
