import { describeReal } from '../support/elasticsearch/index.ts';
import { ceilingSuite } from './ceiling.suite.ts';
import { Fixture } from './fixture.ts';
import { managedKeysSuite } from './managed-keys.suite.ts';
import { radarSuite } from './radar.suite.ts';
import { rotationSuite } from './rotation.suite.ts';

await describeReal({ version: '8.19.21', license: 'trial' }, 'managed keys on Elasticsearch 8.19.21', (es) => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = new Fixture(es());
    await fixture.open();
  });
  afterAll(() => fixture.close());
  managedKeysSuite(() => fixture);
  rotationSuite(() => fixture, false);
  radarSuite(() => fixture);
  ceilingSuite(() => fixture, false);
});
