import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BROKER_VARIABLE, startBroker } from './broker.ts';
import { keepRunState } from './run-state.ts';

/** Jest's globalSetup: makes shared nodes possible. Starts none. */
export default async function setUp(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-test-run-'));
  const broker = await startBroker();
  process.env[BROKER_VARIABLE] = broker.url;
  const ownSkips = !process.env['LATCHKEY_TEST_SKIPS'];
  if (ownSkips) process.env['LATCHKEY_TEST_SKIPS'] = join(folder, 'skips');
  keepRunState({ broker, folder, ownSkips });
}
