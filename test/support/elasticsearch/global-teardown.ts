import { rm } from 'node:fs/promises';
import { BROKER_VARIABLE } from './broker.ts';
import { takeRunState } from './run-state.ts';

/** Jest's globalTeardown: stops the shared nodes of the run. */
export default async function tearDown(): Promise<void> {
  const state = takeRunState();
  if (state === undefined) return;
  delete process.env[BROKER_VARIABLE];
  if (state.ownSkips) delete process.env['LATCHKEY_TEST_SKIPS'];
  await state.broker.stop();
  await rm(state.folder, { recursive: true, force: true });
}
