import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 200;
const LONGEST_WAIT_MS = 15 * 60_000;
let count = 0;

/**
 * Runs `work` while no other process of this machine holds the lock file `path`. A lock whose process has died is
 * taken over. Two may hold it for a moment when several take over the same dead lock; the work must bear that.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const own = `${path}.${process.pid}.${count++}`;
  await writeFile(own, String(process.pid));
  try {
    await take(path, own);
    try {
      return await work();
    } finally {
      await rm(path, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** A link appears with its content at once, so no reader ever sees a lock without its pid. */
async function take(path: string, own: string): Promise<void> {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    const taken = await link(own, path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    if (taken) return;
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (holder > 0 && !isAlive(holder)) {
      await rename(path, `${own}.dead`).catch(() => undefined);
      await rm(`${own}.dead`, { force: true });
      continue;
    }
    if (Date.now() > deadline) throw new Error(`${path} is held by process ${holder}; remove it if that is not so`);
    await pause(POLL_MS);
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
