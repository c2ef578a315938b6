/** What is done in each round, and how often. */
export interface PeriodicWork {
  /**
   * One round.
   *
   * @param signal aborts when the task stops: a round of several steps looks at it between them.
   */
  run: (signal: AbortSignal) => void | Promise<void>;
  /** From the end of a round to the beginning of the next. */
  intervalMs: number;
  /**
   * Share of the interval by which a wait may be shorter or longer, so that replicas do not act in step; 0 by default.
   */
  jitter?: number;
  /** Begins with a round; by default with a wait. */
  atOnce?: boolean;
  /**
   * Is told why a round failed, unless the task was stopped meanwhile; the next round comes all the same. Must not
   * throw.
   */
  onError: (error: unknown) => void;
}

/** What a task waits by. Tests bring their own. */
export interface TaskClock {
  /** Calls back once, and does not keep the process alive for it. @returns takes it back. */
  after(ms: number, callback: () => void): () => void;
  /** From 0 up to, but not including, 1. */
  random(): number;
}

const SYSTEM_CLOCK: TaskClock = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms).unref();
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};

/** Work that is repeated until it is stopped. Two rounds never overlap, however long one takes. */
export class PeriodicTask {
  private readonly stopped = new AbortController();
  private started = false;
  private busy = false;
  private wanted = false;
  private rounds: Promise<void> = Promise.resolve();
  private endWait: () => void = () => undefined;

  constructor(
    private readonly work: PeriodicWork,
    private readonly clock: TaskClock = SYSTEM_CLOCK,
  ) {}

  /** A second call changes nothing. */
  start(): void {
    if (this.started || this.stopped.signal.aborted) return;
    this.started = true;
    if (this.work.atOnce) this.begin();
    else this.wait();
  }

  /**
   * Brings the next round forward to now, or to the end of the one that runs. Does nothing before `start` and after
   * `stop`.
   */
  wake(): void {
    if (!this.started || this.stopped.signal.aborted) return;
    if (this.busy) this.wanted = true;
    else this.begin();
  }

  /** Ends the wait, aborts the signal of a running round, and resolves when that round is over. No other begins. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.endWait();
    await this.rounds;
  }

  private begin(): void {
    this.endWait();
    this.busy = true;
    this.rounds = this.runRounds();
  }

  private async runRounds(): Promise<void> {
    const { signal } = this.stopped;
    do {
      this.wanted = false;
      try {
        await this.work.run(signal);
      } catch (error) {
        if (!signal.aborted) this.work.onError(error);
      }
    } while (this.wanted && !signal.aborted);
    this.busy = false;
    if (!signal.aborted) this.wait();
  }

  private wait(): void {
    const { intervalMs, jitter = 0 } = this.work;
    this.endWait = this.clock.after(intervalMs * (1 + jitter * (2 * this.clock.random() - 1)), () => this.begin());
  }
}
