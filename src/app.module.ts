import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import type { AuditSink } from './audit/audit-trail.js';
import type { AuditFailureObserver } from './telemetry/audit-failure-observer.js';
import type { DefectObserver } from './telemetry/defect-observer.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthorizationGuard } from './authorization/authorization.guard.js';
import { AuthorizationModule } from './authorization/authorization.module.js';
import type { ClockObserver } from './telemetry/clock-observer.js';
import type { CredentialObserver } from './telemetry/credential-observer.js';
import { CredentialsModule } from './credentials/credentials.module.js';
import { CrossClusterKeysModule } from './cross-cluster-keys/cross-cluster-keys.module.js';
import { ConfigModule } from './config/config.module.js';
import type { Settings } from './config/settings.js';
import { ElasticsearchModule } from './elasticsearch/elasticsearch.module.js';
import type { LicenseObserver } from './telemetry/license-observer.js';
import type { KeyWatchObserver } from './telemetry/key-watch-observer.js';
import type { UpstreamObserver } from './telemetry/upstream-observer.js';
import type { HealthObserver } from './telemetry/health-observer.js';
import { HealthModule } from './health/health.module.js';
import { ProblemFilter } from './http/problem.filter.js';
import type { RouteTable } from './http/route-table.js';
import { ManagedKeysModule } from './managed-keys/managed-keys.module.js';
import { SessionModule } from './session/session.module.js';
import { StateModule } from './state/state.module.js';
import { TelemetryModule } from './telemetry/telemetry.module.js';
import { UserKeysModule } from './user-keys/user-keys.module.js';
import { StrictValidationPipe } from './validation/strict-validation.pipe.js';

@Module({})
export class AppModule {
  static forRoot(
    settings: Settings,
    routes: RouteTable,
    observer: UpstreamObserver &
      ClockObserver &
      DefectObserver &
      LicenseObserver &
      AuditFailureObserver &
      KeyWatchObserver &
      HealthObserver,
    auditLog: AuditSink,
    credentials: CredentialObserver,
  ): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(settings),
        ElasticsearchModule.forRoot(settings, observer),
        TelemetryModule.forRoot(observer),
        StateModule,
        AuditModule.forRoot(auditLog, observer),
        AuthorizationModule.forRoot(observer),
        DiscoveryModule,
        HealthModule.forRoot(observer),
        SessionModule,
        UserKeysModule,
        CrossClusterKeysModule,
        ManagedKeysModule,
        CredentialsModule.forRoot(credentials),
      ],
      providers: [
        { provide: APP_GUARD, useExisting: AuthorizationGuard },
        { provide: APP_PIPE, useClass: StrictValidationPipe },
        { provide: APP_FILTER, useValue: new ProblemFilter(routes, observer) },
      ],
    };
  }
}
