import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { Fixture } from './fixture.ts';
import { managedKeysSuite } from './managed-keys.suite.ts';
import { radarSuite } from './radar.suite.ts';
import { rotationSuite } from './rotation.suite.ts';

describe.each(['9.5.3', '8.19.21'] as const)('managed keys on a sandbox of %s', (version) => {
  let sandbox: Sandbox;
  let fixture: Fixture;
  beforeAll(async () => {
    sandbox = await startSandbox({ version });
    fixture = new Fixture(sandbox);
    // The sandbox shows an invalidation at once.
    await fixture.open({ LATCHKEY_INVALIDATION_SETTLE_MS: '0' });
  });
  afterAll(async () => {
    await fixture.close();
    await sandbox.close();
  });
  managedKeysSuite(() => fixture);
  rotationSuite(() => fixture, version === '9.5.3');
  radarSuite(() => fixture);
});
