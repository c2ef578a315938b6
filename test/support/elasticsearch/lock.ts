import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 200;
let count = 0;

/**
 * Runs `work` while no other process of this machine holds the lock file `path`. Waits for as long as the holder lives,
 * because nobody knows how long honest work takes on a slow machine. A lock whose process has died is taken over. Two
 * may hold it for a moment when several take over the same dead lock; the work must bear that.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const own = `${path}.${process.pid}.${count++}`;
  await writeFile(own, await signatureOf(process.pid));
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

/** A link appears with its content at once, so no reader ever sees a lock without its holder. */
async function take(path: string, own: string): Promise<void> {
  let told = '';
  for (;;) {
    const taken = await link(own, path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false;
        throw error;
      },
    );
    if (taken) return;
    const holder = await readFile(path, 'utf8').catch(() => '');
    if (holder !== '' && !(await lives(holder))) {
      await rename(path, `${own}.dead`).catch(() => undefined);
      await rm(`${own}.dead`, { force: true });
      continue;
    }
    if (holder !== told) process.stderr.write(`waiting for process ${holder}, which holds ${path}\n`);
    told = holder;
    await pause(POLL_MS);
  }
}

/** The id of the process and, where /proc tells it, when it started, because ids are given again; '' when it is dead. */
async function signatureOf(pid: number): Promise<string> {
  if (!isAlive(pid)) return '';
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program, in brackets, may hold blanks; the state follows it, and the start is the 20th field from there.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z') return '';
  return fields[19] === undefined ? String(pid) : `${pid} started-at-tick-${fields[19]}`;
}

async function lives(holder: string): Promise<boolean> {
  return (await signatureOf(Number.parseInt(holder, 10))) === holder;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
