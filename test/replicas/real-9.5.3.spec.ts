import { describeReal } from '../support/elasticsearch/index.ts';
import { idempotencySuite } from './idempotency.suite.ts';

await describeReal({ version: '9.5.3', license: 'trial' }, 'replicas on Elasticsearch 9.5.3', (es) => {
  idempotencySuite(es);
});
