import { type DynamicModule, Module } from '@nestjs/common';
import { KeyWatchObserver } from './key-watch-observer.js';

/** The ports that more than one feature tells what happened. */
@Module({})
export class TelemetryModule {
  static forRoot(observer: KeyWatchObserver): DynamicModule {
    return {
      module: TelemetryModule,
      global: true,
      providers: [{ provide: KeyWatchObserver, useValue: observer }],
      exports: [KeyWatchObserver],
    };
  }
}
