import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { idempotencySuite } from './idempotency.suite.ts';

describe.each(['9.5.3', '8.19.21'] as const)('replicas on a sandbox of %s', (version) => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ version });
  });
  afterAll(() => sandbox.close());
  idempotencySuite(() => sandbox);
});
