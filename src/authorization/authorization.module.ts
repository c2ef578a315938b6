import { type DynamicModule, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { TokenVerifier } from '../workload-identity/token-verifier.js';
import { WorkloadAuthenticator } from '../workload-identity/workload-authenticator.js';
import { AccessService } from './access.service.js';
import { AuthorizationGuard } from './authorization.guard.js';
import { LicenseObserver } from '../telemetry/license-observer.js';
import { LicenseService } from './license.service.js';
import { RateLimiter } from './rate-limiter.js';

const WORKLOAD_AUTHENTICATOR = {
  provide: WorkloadAuthenticator,
  inject: [Settings],
  useFactory: ({ meshTrustDomains, meshXfccTrusted, workloadIssuers, rateMeshPerSecond }: Settings) => {
    const reviews = new RateLimiter({ read: 0, write: 0, mint: 0, mesh: rateMeshPerSecond });
    const tokens = new TokenVerifier(workloadIssuers, (subject) => reviews.require(subject, 'mesh'));
    return new WorkloadAuthenticator({ trustDomains: meshTrustDomains, trustedProxies: meshXfccTrusted }, tokens);
  },
};

@Module({})
export class AuthorizationModule {
  static forRoot(observer: LicenseObserver): DynamicModule {
    return {
      module: AuthorizationModule,
      global: true,
      providers: [
        AccessService,
        AuthorizationGuard,
        LicenseService,
        WORKLOAD_AUTHENTICATOR,
        { provide: LicenseObserver, useValue: observer },
      ],
      exports: [WorkloadAuthenticator, AccessService, AuthorizationGuard, LicenseService],
    };
  }
}
