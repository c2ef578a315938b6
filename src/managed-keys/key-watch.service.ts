import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { KeyWatchObserver } from '../telemetry/key-watch-observer.js';
import { Settings } from '../config/settings.js';
import { ServiceGateway } from '../elasticsearch/service-gateway.js';
import { ServiceError } from '../errors/service-error.js';
import { KeySampler } from './expiry/key-sampler.js';
import { RotationSweep } from './rotation/rotation-sweep.js';

/** With a service identity, looks over the keys from time to time. Every replica does; what they do can be done twice. */
@Injectable()
export class KeyWatch implements OnModuleInit, OnApplicationShutdown {
  private timer?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly gateway: ServiceGateway,
    private readonly sampler: KeySampler,
    private readonly sweep: RotationSweep,
    private readonly observer: KeyWatchObserver,
    private readonly settings: Settings,
  ) {}

  onModuleInit(): void {
    if (this.gateway.available && this.settings.keyWatchIntervalMs > 0) this.wait();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** One round. Never fails: what does not succeed is told and tried again in the next one. */
  async look(): Promise<void> {
    try {
      const rotations = await this.sweep.look();
      this.observer.keysSampled({
        counts: await this.sampler.counts(),
        soonestExpiry: await this.sampler.soonestExpiry(),
        rotations,
      });
    } catch (error) {
      this.observer.keyWatchFailed(error instanceof ServiceError ? error.code : 'internal');
    }
  }

  private wait(): void {
    // Not in step with other replicas.
    const delayMs = this.settings.keyWatchIntervalMs * (0.9 + Math.random() * 0.2);
    this.timer = setTimeout(() => {
      void this.look().finally(() => {
        if (!this.stopped) this.wait();
      });
    }, delayMs).unref();
  }
}
