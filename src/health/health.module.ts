import { type DynamicModule, Module } from '@nestjs/common';
import { HealthController } from './health.controller.js';
import { HealthObserver } from '../telemetry/health-observer.js';
import { HealthService } from './health.service.js';

@Module({})
export class HealthModule {
  static forRoot(observer: HealthObserver): DynamicModule {
    return {
      module: HealthModule,
      controllers: [HealthController],
      providers: [HealthService, { provide: HealthObserver, useValue: observer }],
      exports: [HealthService],
    };
  }
}
