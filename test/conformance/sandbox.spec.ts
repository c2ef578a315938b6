import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { mainJobConformance } from './main-job.conformance.js';
import { userKeysConformance } from './user-keys.conformance.js';

/** The sandbox shows every write at once, so there is nothing to wait for. */
const settings = { LATCHKEY_INVALIDATION_SETTLE_MS: '20' };

describe.each(['9.5.3', '8.19.21'] as const)('user keys on the sandbox as %s', (version) => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandbox({ version, license: 'trial' });
  });
  afterAll(() => sandbox?.close());

  userKeysConformance({ version, es: () => sandbox, settings }, { keys: 20, controlKeys: 0 });
});

describe.each(['9.5.3', '8.19.21'] as const)('user keys on the sandbox as %s with a basic license', (version) => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandbox({ version, license: 'basic' });
  });
  afterAll(() => sandbox?.close());

  mainJobConformance({ version, license: 'basic', es: () => sandbox, settings });
});
