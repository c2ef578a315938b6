import { Global, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { PeriodicTask } from '../timing/periodic-task.js';
import { StateStore } from './state-store.js';

const SWEEP_MS = 3_600_000;

/** Decisions taken once for all replicas. Once an hour it removes what is over. */
@Global()
@Module({ providers: [StateStore], exports: [StateStore] })
export class StateModule implements OnModuleInit, OnApplicationShutdown {
  private readonly task = new PeriodicTask({
    run: () => this.store.sweep(),
    intervalMs: SWEEP_MS,
    jitter: 0.1,
    // What could not be removed counts as absent all the same, and is tried again.
    onError: () => undefined,
  });

  constructor(private readonly store: StateStore) {}

  onModuleInit(): void {
    if (this.store.available) this.task.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.task.stop();
  }
}
