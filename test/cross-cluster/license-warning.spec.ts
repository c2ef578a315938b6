import { startSandbox, type Sandbox } from 'elasticsearch-security-sandbox';
import { startLatchkey, type Latchkey } from '../support/service.js';
import { eventually, until } from '../support/wait.js';

const authorization = `Basic ${Buffer.from('elastic:changeme').toString('base64')}`;
const WARNING = 'the license of the cluster ends soon';

let sandbox: Sandbox;
let latchkey: Latchkey | undefined;

beforeEach(async () => {
  sandbox = await startSandbox({ license: 'trial' });
});
afterEach(async () => {
  await latchkey?.stop();
  await sandbox.close();
});

const readLicense = (): Promise<unknown> | undefined => latchkey?.call('GET', '/v1/license', { authorization });
const warnings = (): number => (latchkey?.lines ?? []).filter((line) => line.includes(WARNING)).length;
const metrics = async (): Promise<string> => (await latchkey?.metrics()) ?? '';

test('a license that ends within the warning time is warned about once a day, however often it is read, and is a metric', async () => {
  latchkey = await startLatchkey(sandbox.url, { LATCHKEY_LICENSE_WARNING_DAYS: '60' });
  for (let reading = 0; reading < 3; reading += 1) await readLicense();
  expect(warnings()).toBe(1);
  const [, expiry] = /latchkey_license_expiry_timestamp_seconds\{type="trial"\} (\S+)\n/.exec(await metrics()) ?? [];
  const daysLeft = (Number(expiry) * 1000 - Date.now()) / 86_400_000;
  expect([daysLeft > 29, daysLeft <= 30]).toEqual([true, true]);
});

test('a license that ends later is not warned about', async () => {
  latchkey = await startLatchkey(sandbox.url, { LATCHKEY_LICENSE_WARNING_DAYS: '7' });
  await readLicense();
  expect(warnings()).toBe(0);
});

test('with a service identity the license is watched without anybody asking', async () => {
  latchkey = await startLatchkey(sandbox.url, {
    LATCHKEY_LICENSE_WARNING_DAYS: '60',
    ELASTICSEARCH_SERVICE_USERNAME: 'elastic',
    ELASTICSEARCH_SERVICE_PASSWORD: 'changeme',
  });
  await until(() => warnings() > 0);
  expect(warnings()).toBe(1);
});

test('a license without end is neither warned about nor a metric', async () => {
  sandbox.setLicense('basic');
  latchkey = await startLatchkey(sandbox.url, { LATCHKEY_LICENSE_WARNING_DAYS: '60' });
  await readLicense();
  expect(warnings()).toBe(0);
  expect(await metrics()).not.toContain('latchkey_license_expiry_timestamp_seconds{');
});

test.each([
  ['goes when nobody reads the license any more', {}, false],
  [
    'stays while the service identity watches it',
    { ELASTICSEARCH_SERVICE_USERNAME: 'elastic', ELASTICSEARCH_SERVICE_PASSWORD: 'changeme' },
    true,
  ],
])('the metric %s', async (_what, identity, stays) => {
  latchkey = await startLatchkey(sandbox.url, { LATCHKEY_LICENSE_CACHE_MS: '0', ...identity });
  await readLicense();
  const shown = async (): Promise<boolean> => (await metrics()).includes('latchkey_license_expiry_timestamp_seconds{');
  expect(await shown()).toBe(true);
  if (!stays) return eventually(async () => expect(await shown()).toBe(false));
  await new Promise((resolve) => setTimeout(resolve, 4500));
  expect(await shown()).toBe(true);
});
