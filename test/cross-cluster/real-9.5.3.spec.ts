import { describeReal } from '../support/elasticsearch/index.ts';
import { basicLicenseSuite, crossClusterKeysSuite } from './cross-cluster-keys.suite.ts';

await describeReal(
  { version: '9.5.3', license: 'trial' },
  'cross-cluster keys on Elasticsearch 9.5.3 with a trial license',
  (es) => {
    crossClusterKeysSuite(es, { identity: true });
  },
);

await describeReal(
  { version: '9.5.3', license: 'basic' },
  'cross-cluster keys on Elasticsearch 9.5.3 with a basic license',
  (es) => {
    basicLicenseSuite(es);
  },
);
