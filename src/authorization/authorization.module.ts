import { type DynamicModule, Module } from '@nestjs/common';
import { AccessService } from './access.service.js';
import { AuthorizationGuard } from './authorization.guard.js';
import { LicenseObserver } from './license-observer.js';
import { LicenseService } from './license.service.js';

@Module({})
export class AuthorizationModule {
  static forRoot(observer: LicenseObserver): DynamicModule {
    return {
      module: AuthorizationModule,
      global: true,
      providers: [AccessService, AuthorizationGuard, LicenseService, { provide: LicenseObserver, useValue: observer }],
      exports: [AccessService, AuthorizationGuard, LicenseService],
    };
  }
}
