import { describeReal } from '../support/elasticsearch/index.ts';
import { userKeysConformance } from './user-keys.conformance.js';

const version = '9.5.3';

await describeReal({ version, license: 'trial' }, `user keys on Elasticsearch ${version}`, (es) => {
  userKeysConformance({ version, es }, { keys: 100, controlKeys: 60 });
});
