import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAlive, withLock } from './elasticsearch/lock.ts';

/**
 * The folder, filled by `build` if it is not there. Safe to call from several processes at once: one builds, in a
 * folder beside it that gets its name only when it is complete.
 */
export async function fillOnce(folder: string, build: (building: string) => Promise<void>): Promise<string> {
  if (await exists(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  return withLock(`${folder}.lock`, async () => {
    if (await exists(folder)) return folder;
    await removeLeftovers(folder);
    const building = await mkdtemp(`${folder}.building.${process.pid}.`);
    try {
      await build(building);
      await rename(building, folder).catch(async (error: unknown) => {
        if (!(await exists(folder))) throw error;
      });
    } finally {
      await rm(building, { recursive: true, force: true });
    }
    return folder;
  });
}

/** What processes that were killed have left beside the folder: NAME.building.PID.x and NAME.lock.PID.x. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(dirname(folder))) {
    const pid = name.startsWith(`${basename(folder)}.`) ? /\.(?:building|lock)\.(\d+)\./.exec(name)?.[1] : undefined;
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
