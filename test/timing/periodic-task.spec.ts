import { jest } from '@jest/globals';
import { PeriodicTask, type PeriodicWork, type TaskClock } from '../../src/timing/periodic-task.js';

/** A clock whose waits end when the test says so. */
class ManualClock implements TaskClock {
  readonly waits: Array<{ ms: number; callback: () => void }> = [];
  randomness = 0.5;

  after(ms: number, callback: () => void): () => void {
    const wait = { ms, callback };
    this.waits.push(wait);
    return () => {
      if (this.waits.includes(wait)) this.waits.splice(this.waits.indexOf(wait), 1);
    };
  }

  random(): number {
    return this.randomness;
  }

  /** Ends the only wait, and lets what follows from it happen. @returns how long it was. */
  async pass(): Promise<number> {
    expect(this.waits).toHaveLength(1);
    const [wait] = this.waits.splice(0, 1);
    wait?.callback();
    await settled();
    return wait?.ms ?? 0;
  }
}

/** Rounds that end when the test says so. */
class Rounds {
  readonly signals: AbortSignal[] = [];
  private readonly ends: Array<{ resolve: () => void; reject: (error: Error) => void }> = [];

  readonly run = (signal: AbortSignal): Promise<void> => {
    this.signals.push(signal);
    return new Promise((resolve, reject) => this.ends.push({ resolve, reject }));
  };

  get begun(): number {
    return this.signals.length;
  }

  async end(error?: Error): Promise<void> {
    const end = this.ends.shift();
    if (error === undefined) end?.resolve();
    else end?.reject(error);
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a periodic task', () => {
  let clock: ManualClock;
  let rounds: Rounds;
  let errors: unknown[];

  beforeEach(() => {
    clock = new ManualClock();
    rounds = new Rounds();
    errors = [];
  });

  const taskOf = (work: Partial<PeriodicWork> = {}): PeriodicTask =>
    new PeriodicTask({ run: rounds.run, intervalMs: 1000, onError: (error) => errors.push(error), ...work }, clock);

  test('waits before its first round, and after each round as long again, however long that took', async () => {
    taskOf().start();
    expect(rounds.begun).toBe(0);
    expect(await clock.pass()).toBe(1000);
    expect([rounds.begun, clock.waits]).toEqual([1, []]);
    await rounds.end();
    expect(await clock.pass()).toBe(1000);
    expect(rounds.begun).toBe(2);
  });

  test('begins with a round where that is wanted', async () => {
    taskOf({ atOnce: true }).start();
    expect(rounds.begun).toBe(1);
    await rounds.end();
    await clock.pass();
    expect(rounds.begun).toBe(2);
  });

  test.each([
    [0, 800],
    [0.5, 1000],
    [0.75, 1100],
  ])('spreads its waits by its jitter (random number %d: %d ms)', async (randomness, waitMs) => {
    clock.randomness = randomness;
    taskOf({ jitter: 0.2 }).start();
    expect(await clock.pass()).toBeCloseTo(waitMs);
  });

  test('has one beat only, though it is started twice', async () => {
    const task = taskOf();
    task.start();
    task.start();
    await clock.pass();
    task.start();
    expect([rounds.begun, clock.waits]).toEqual([1, []]);
  });

  test('tells why a round failed, thrown or rejected, and goes on', async () => {
    let thrown = false;
    const run = (signal: AbortSignal): Promise<void> => {
      if (thrown) return rounds.run(signal);
      thrown = true;
      throw new Error('thrown');
    };
    taskOf({ run }).start();
    await clock.pass();
    await clock.pass();
    await rounds.end(new Error('rejected'));
    await clock.pass();
    expect(rounds.begun).toBe(2);
    expect(errors).toEqual([new Error('thrown'), new Error('rejected')]);
  });

  describe('that is woken', () => {
    test('while it waits, begins at once and then waits a whole interval', async () => {
      const task = taskOf();
      task.start();
      task.wake();
      expect([rounds.begun, clock.waits]).toEqual([1, []]);
      await rounds.end();
      expect(await clock.pass()).toBe(1000);
    });

    test('while a round runs, begins one more when that is over, however often it was woken', async () => {
      const task = taskOf({ atOnce: true });
      task.start();
      for (let times = 0; times < 3; times += 1) task.wake();
      expect(rounds.begun).toBe(1);
      await rounds.end();
      expect(rounds.begun).toBe(2);
      await rounds.end();
      expect([rounds.begun, clock.waits.length]).toEqual([2, 1]);
    });

    test('by its own round, does not begin another one inside it', async () => {
      let depth = 0;
      let deepest = 0;
      let begun = 0;
      const task = taskOf({
        atOnce: true,
        run: () => {
          begun += 1;
          depth += 1;
          deepest = Math.max(deepest, depth);
          if (begun < 3) task.wake();
          depth -= 1;
        },
      });
      task.start();
      await settled();
      expect([begun, deepest]).toEqual([3, 1]);
    });

    test('before its start or after its stop, does nothing', async () => {
      const task = taskOf();
      task.wake();
      await task.stop();
      task.wake();
      task.start();
      expect([rounds.begun, clock.waits]).toEqual([0, []]);
    });
  });

  describe('that is stopped', () => {
    test('while it waits, stops at once and leaves no timer', async () => {
      const task = taskOf();
      task.start();
      await task.stop();
      expect([rounds.begun, clock.waits]).toEqual([0, []]);
    });

    test('while a round runs, aborts it and is done when that is over', async () => {
      const task = taskOf({ atOnce: true });
      task.start();
      task.wake();
      let done = false;
      const stopping = task.stop().then(() => (done = true));
      await settled();
      expect([rounds.signals[0]?.aborted, done]).toEqual([true, false]);
      await rounds.end();
      await stopping;
      expect([rounds.begun, clock.waits]).toEqual([1, []]);
    });

    test('does not tell of a round that failed because of it', async () => {
      const task = taskOf({ atOnce: true });
      task.start();
      const stopping = task.stop();
      await rounds.end(new Error('aborted'));
      await stopping;
      expect(errors).toEqual([]);
    });
  });

  test('waits by a timer that does not keep the process alive', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const task = new PeriodicTask({ run: rounds.run, intervalMs: 1000, onError: (error) => errors.push(error) });
    task.start();
    expect(timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false]);
    timers.mockRestore();
    await task.stop();
  });
});
