import { describeReal } from '../support/elasticsearch/index.ts';
import { leasesSuite } from './leases.suite.ts';

await describeReal({ version: '9.5.3', license: 'trial' }, 'leases on Elasticsearch 9.5.3', (es) => {
  leasesSuite(es);
});
