import { jest } from '@jest/globals';

/**
 * The clock of this process (Latchkey, the sandbox and the test run in one), moved by hand: a life of hours is over at
 * once, and never because the machine was slow. Timers that run already do not notice. To be made before Latchkey is
 * started, which may keep the clock, and restored after it has stopped.
 */
export class MovableClock {
  private offsetMs = 0;
  private readonly now = Date.now;
  private readonly spy = jest.spyOn(Date, 'now').mockImplementation(() => this.now.call(Date) + this.offsetMs);

  forward(ms: number): void {
    this.offsetMs += ms;
  }

  /** Until it is restored only `forward` moves it. */
  stop(): void {
    const now = this.now.call(Date);
    this.spy.mockImplementation(() => now + this.offsetMs);
  }

  restore(): void {
    this.spy.mockRestore();
  }
}
