import { type DynamicModule, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { TokenVerifier } from '../identity/workload/token-verifier.js';
import { WorkloadAuthenticator } from '../identity/workload/workload-authenticator.js';
import { AccessService } from './access.service.js';
import { AuthorizationGuard } from './authorization.guard.js';
import { LicenseObserver } from './license-observer.js';
import { LicenseService } from './license.service.js';

const WORKLOAD_AUTHENTICATOR = {
  provide: WorkloadAuthenticator,
  inject: [Settings],
  useFactory: ({ meshTrustDomains, meshXfccTrusted, workloadIssuers }: Settings) =>
    new WorkloadAuthenticator({ trustDomains: meshTrustDomains, trustedProxies: meshXfccTrusted }, new TokenVerifier(workloadIssuers)),
};

@Module({})
export class AuthorizationModule {
  static forRoot(observer: LicenseObserver): DynamicModule {
    return {
      module: AuthorizationModule,
      global: true,
      providers: [AccessService, AuthorizationGuard, LicenseService, WORKLOAD_AUTHENTICATOR, { provide: LicenseObserver, useValue: observer }],
      exports: [WorkloadAuthenticator, AccessService, AuthorizationGuard, LicenseService],
    };
  }
}
