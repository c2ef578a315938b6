import { describeReal } from '../support/elasticsearch/index.ts';
import { ceilingSuite } from './ceiling.suite.ts';
import { Fixture } from './fixture.ts';
import { managedKeysSuite } from './managed-keys.suite.ts';
import { radarSuite } from './radar.suite.ts';
import { rotationSuite } from './rotation.suite.ts';

await describeReal({ version: '9.5.3', license: 'trial' }, 'managed keys on Elasticsearch 9.5.3', (es) => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = new Fixture(es());
    await fixture.open();
  });
  afterAll(() => fixture.close());
  managedKeysSuite(() => fixture);
  rotationSuite(() => fixture, true);
  radarSuite(() => fixture);
  ceilingSuite(() => fixture, true);
});
