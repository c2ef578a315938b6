import { describeReal } from '../support/elasticsearch/index.ts';
import { leasesSuite } from './leases.suite.ts';

await describeReal({ version: '8.19.21', license: 'trial' }, 'leases on Elasticsearch 8.19.21', (es) => {
  leasesSuite(es);
});
