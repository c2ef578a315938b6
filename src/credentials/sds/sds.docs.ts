import { BODY_PROBLEMS, PROFILE_PROBLEMS } from '../../authorization/api-problems.decorator.js';
import type { FeatureDocs } from '../../authorization/operation.decorator.js';
import { DiscoveryResponse } from './sds.dto.js';

export const SDS_DOCS = {
  'sds.fetch': {
    description:
      "Envoy's secret discovery over REST (`api_type: REST`). Held open until there is something new, " +
      "as long as the poll's own timeout allows.",
    problems: [...BODY_PROBLEMS, ...PROFILE_PROBLEMS, 'credential.not-ready', 'credential.limit'],
    headers: [
      {
        name: 'x-envoy-expected-rq-timeout-ms',
        required: false,
        description: 'Timeout of the nearest Envoy. At 1000, or without it, the poll is answered at once.',
      },
    ],
    answers: {
      200: { type: DiscoveryResponse },
      304: { description: 'The secret in use is still right.' },
    },
  },
} satisfies FeatureDocs<'sds'>;
