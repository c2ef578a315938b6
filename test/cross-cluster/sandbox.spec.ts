import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { basicLicenseSuite, crossClusterKeysSuite } from './cross-cluster-keys.suite.ts';

// The sandbox shows an invalidation at once.
const ENV = { LATCHKEY_INVALIDATION_SETTLE_MS: '0' };

describe.each(['9.5.3', '8.19.21'] as const)(
  'cross-cluster keys on a sandbox of %s with a trial license',
  (version) => {
    const sandbox = useSandbox({ version, license: 'trial' });
    crossClusterKeysSuite(sandbox, { identity: version === '9.5.3', env: ENV });
  },
);

describe.each(['9.5.3', '8.19.21'] as const)(
  'cross-cluster keys on a sandbox of %s with a basic license',
  (version) => {
    const sandbox = useSandbox({ version, license: 'basic' });
    basicLicenseSuite(sandbox, ENV);
  },
);

function useSandbox(options: { version: '9.5.3' | '8.19.21'; license: 'trial' | 'basic' }): () => Sandbox {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox(options);
  });
  afterAll(() => sandbox.close());
  return () => sandbox;
}
