import { jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from '../support/elasticsearch/lock.js';

const MODULE = fileURLToPath(new URL('../support/elasticsearch/lock.ts', import.meta.url));
const YEAR_MS = 365 * 86_400_000;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-lock-'));
  path = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Another process that holds the lock until its standard input ends. */
async function holder(): Promise<ChildProcess> {
  const program = `
    import { withLock } from ${JSON.stringify(MODULE)};
    await withLock(process.argv[1], async () => {
      process.stdout.write('held');
      for await (const _ of process.stdin);
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, path]);
  if (child.stdout === null) throw new Error('no standard output');
  await once(child.stdout, 'data');
  return child;
}

/** Resolves when something waits for the lock, and has seen who holds it. */
function contender(events: string[]): { waits: Promise<unknown>; done: Promise<void> } {
  const { promise: waits, resolve } = Promise.withResolvers<void>();
  const stderr = jest.spyOn(process.stderr, 'write').mockImplementation(() => {
    resolve();
    return true;
  });
  const done = withLock(path, async () => void events.push('taken')).finally(() => stderr.mockRestore());
  return { waits, done };
}

test('a lock is waited for as long as its holder lives, whatever the clock says', async () => {
  const events: string[] = [];
  const other = await holder();
  const { waits, done } = contender(events);
  await waits;
  const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + YEAR_MS);
  // Several looks at the lock later it is still waited for.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  clock.mockRestore();
  events.push('released');
  other.stdin?.end();
  await done;
  expect(events).toEqual(['released', 'taken']);
});

test('the lock of a process that was killed is taken over', async () => {
  const events: string[] = [];
  const other = await holder();
  const { waits, done } = contender(events);
  await waits;
  events.push('killed');
  other.kill('SIGKILL');
  await done;
  expect(events).toEqual(['killed', 'taken']);
});

test('a lock is not kept by another process that was given the id of its holder', async () => {
  writeFileSync(path, `${process.pid} started-at-tick-0`);
  const seen = await withLock(path, async () => readFileSync(path, 'utf8'));
  expect(seen).not.toContain('started-at-tick-0');
});
