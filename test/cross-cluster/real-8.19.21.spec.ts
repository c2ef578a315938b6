import { describeReal } from '../support/elasticsearch/index.ts';
import { basicLicenseSuite, crossClusterKeysSuite } from './cross-cluster-keys.suite.ts';

await describeReal(
  { version: '8.19.21', license: 'trial' },
  'cross-cluster keys on Elasticsearch 8.19.21 with a trial license',
  (es) => {
    crossClusterKeysSuite(es, { identity: false });
  },
);

await describeReal(
  { version: '8.19.21', license: 'basic' },
  'cross-cluster keys on Elasticsearch 8.19.21 with a basic license',
  (es) => {
    basicLicenseSuite(es);
  },
);
