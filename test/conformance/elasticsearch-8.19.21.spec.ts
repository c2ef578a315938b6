import { describeReal } from '../support/elasticsearch/index.ts';
import { mainJobConformance } from './main-job.conformance.js';
import { realUseConformance } from './real-use.conformance.js';
import { userKeysConformance } from './user-keys.conformance.js';

const version = '8.19.21';

await describeReal({ version, license: 'trial' }, `user keys on Elasticsearch ${version}`, (es) => {
  userKeysConformance({ version, es }, { keys: 100, controlKeys: 60 });
});

await describeReal({ version, license: 'trial' }, `use of user keys on Elasticsearch ${version}`, (es) => {
  realUseConformance({ version, es });
});

await describeReal(
  { version, license: 'basic' },
  `user keys on Elasticsearch ${version} with a basic license`,
  (es) => {
    mainJobConformance({ version, license: 'basic', es });
  },
);
