import { jest } from '@jest/globals';

/**
 * The clock of this process (Latchkey, the sandbox and the test run in one), put forward by hand: a life of hours is
 * over at once, and never because the machine was slow. Timers that run already do not notice.
 */
export class MovableClock {
  private offsetMs = 0;
  private readonly now = Date.now;
  private readonly spy = jest.spyOn(Date, 'now').mockImplementation(() => this.now.call(Date) + this.offsetMs);

  forward(ms: number): void {
    this.offsetMs += ms;
  }

  restore(): void {
    this.spy.mockRestore();
  }
}
