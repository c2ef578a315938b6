/**
 * The clock of this process (Latchkey, the sandbox and the test run in one), moved by hand: a life of hours is over at
 * once, and never because the machine was slow. Timers that run already do not notice. To be made before Latchkey is
 * started, which may keep the clock.
 */
export class MovableClock {
  private readonly real = Date.now;
  private offsetMs = 0;
  private stoppedMs: number | undefined;

  constructor() {
    Date.now = () => (this.stoppedMs ?? this.real.call(Date)) + this.offsetMs;
  }

  forward(ms: number): void {
    this.offsetMs += ms;
  }

  /** Until it is restored only `forward` moves it. */
  stop(): void {
    this.stoppedMs = this.real.call(Date);
  }

  restore(): void {
    Date.now = this.real;
  }
}
