import { startSandbox, type Sandbox } from '../../src/sandbox/index.js';
import { userKeysConformance } from './user-keys.conformance.js';

describe.each(['9.5.3', '8.19.21'] as const)('user keys on the sandbox as %s', (version) => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandbox({ version, license: 'trial' });
  });
  afterAll(() => sandbox?.close());

  userKeysConformance({ version, es: () => sandbox }, { keys: 20, controlKeys: 0 });
});
