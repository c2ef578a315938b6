import { describeReal } from '../support/elasticsearch/index.ts';
import { idempotencySuite } from './idempotency.suite.ts';

await describeReal({ version: '8.19.21', license: 'trial' }, 'replicas on Elasticsearch 8.19.21', (es) => {
  idempotencySuite(es);
});
