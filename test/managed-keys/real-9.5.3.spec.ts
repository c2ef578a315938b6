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

  test('audit events arrive in the index that is configured for them, with the rights that its page names', async () => {
    const index = `latchkey-audit-${fixture.run}`;
    const { username } = await fixture.makeUser(
      `${fixture.run}-auditor`,
      ['manage_own_api_key'],
      'auditor-password-1',
      [{ names: [index], privileges: ['create_doc', 'auto_configure'] }],
    );
    const latchkey = await fixture.start({
      ELASTICSEARCH_SERVICE_USERNAME: username,
      ELASTICSEARCH_SERVICE_PASSWORD: 'auditor-password-1',
      LATCHKEY_AUDIT_INDEX: index,
    });
    const made = await latchkey.call('POST', '/v1/user-keys', {
      authorization: fixture.callers.manageOwnApiKey.authorization,
      body: { name: fixture.name('audited') },
    });
    await latchkey.stop();
    expect(made.status).toBe(201);
    await fixture.elasticsearch(fixture.callers.superuser, 'POST', `/${index}/_refresh`);
    const found = await fixture.elasticsearch(fixture.callers.superuser, 'GET', `/${index}/_search`);
    expect(found.body['hits']).toMatchObject({
      total: { value: 1 },
      hits: [{ _source: { event: 'user-key.created', key_ids: [made.body.key.id], outcome: 'success' } }],
    });
  });
});
