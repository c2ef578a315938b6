import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { KeyWatchObserver } from '../telemetry/key-watch-observer.js';
import { Settings } from '../config/settings.js';
import { ServiceGateway } from '../elasticsearch/service-gateway.js';
import { codeOf } from '../errors/service-error.js';
import { PeriodicTask } from '../timing/periodic-task.js';
import { KeySampler } from './expiry/key-sampler.js';
import { RotationSweep } from './rotation/rotation-sweep.js';

/**
 * With a service identity, looks over the keys from time to time. Every replica does; what they do can be done twice.
 */
@Injectable()
export class KeyWatch implements OnModuleInit, OnApplicationShutdown {
  private readonly watch: PeriodicTask;

  constructor(
    private readonly gateway: ServiceGateway,
    private readonly sampler: KeySampler,
    private readonly sweep: RotationSweep,
    private readonly observer: KeyWatchObserver,
    private readonly settings: Settings,
  ) {
    this.watch = new PeriodicTask({
      run: (signal) => this.look(signal),
      intervalMs: settings.keyWatchIntervalMs,
      jitter: 0.1,
      onError: (error) => this.observer.keyWatchFailed(codeOf(error)),
    });
  }

  onModuleInit(): void {
    if (this.gateway.available && this.settings.keyWatchIntervalMs > 0) this.watch.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.watch.stop();
  }

  private async look(signal: AbortSignal): Promise<void> {
    const rotations = await this.sweep.look();
    signal.throwIfAborted();
    const counts = await this.sampler.counts();
    signal.throwIfAborted();
    this.observer.keysSampled({ counts, soonestExpiry: await this.sampler.soonestExpiry(), rotations });
  }
}
