import { setTimeout as sleep } from 'node:timers/promises';

/**
 * How long a condition is waited for before it is taken to never come about. It only ends a hang: far beyond what a
 * machine needs that is four times slower and busy. Below the testTimeout of Jest, so that the failure says for what.
 */
const WAIT_LIMIT_MS = 240_000;

const POLL_MS = 20;

/** Tries until it holds; fails with the last failure. */
export async function eventually<T>(check: () => T | Promise<T>, limitMs = WAIT_LIMIT_MS): Promise<T> {
  const end = Date.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(POLL_MS);
    }
  }
}

/** Returns when the condition is true. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(async () => {
    if (!(await condition())) throw new Error(`did not come about: ${String(condition)}`);
  });
}

const LONGEST_LIFE_S = 256;

/**
 * Makes something that ends by itself, with twice the life each time, until it is seen alive. However slow the machine
 * is, its end can then be waited for, and on a fast one that is soon.
 */
export async function seenAlive<T>(
  make: (seconds: number) => Promise<T>,
  isAlive: (made: T) => boolean | Promise<boolean>,
  seconds = 2,
): Promise<T> {
  for (let life = seconds; life <= LONGEST_LIFE_S; life *= 2) {
    const made = await make(life);
    if (await isAlive(made)) return made;
  }
  throw new Error(`nothing was alive, though it had up to ${LONGEST_LIFE_S} s`);
}
