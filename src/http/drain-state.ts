import type { ServerResponse } from 'node:http';

/** What the stop of the service must know of requests, and held-back answers of the stop. */
export class DrainState {
  /** Requests whose headers have arrived and whose answer has neither been sent nor given up. */
  inFlight = 0;
  private stopping = false;
  private readonly held = new Map<AbortController, ServerResponse>();

  get draining(): boolean {
    return this.stopping;
  }

  begin(): void {
    this.stopping = true;
    for (const [controller, response] of this.held) {
      // Its request came before the stop, so it has not been told yet.
      if (!response.headersSent) response.setHeader('connection', 'close');
      controller.abort();
    }
  }

  /** @returns a signal that aborts when the service begins to stop, or when the answer is over (sent or given up). */
  watch(response: ServerResponse): AbortSignal {
    const controller = new AbortController();
    if (this.stopping) controller.abort();
    else this.held.set(controller, response);
    response.once('close', () => {
      this.held.delete(controller);
      controller.abort();
    });
    return controller.signal;
  }
}
