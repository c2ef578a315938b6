import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { describeWhere } from '../support/describe-where.js';
import { whyNoOpenssl } from '../support/workload/certificates.js';
import { leasesSuite } from './leases.suite.ts';

describe.each(['9.5.3', '8.19.21'] as const)('on the sandbox as %s', (version) => {
  describeWhere(whyNoOpenssl(), 'leases', () => {
    let sandbox: Sandbox;
    beforeAll(async () => {
      sandbox = await startSandbox({ version });
    });
    afterAll(() => sandbox?.close());

    leasesSuite(() => sandbox, { LATCHKEY_INVALIDATION_SETTLE_MS: '0' });
  });
});
