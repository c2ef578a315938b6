import { type DynamicModule, Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { ServiceGateway } from '../elasticsearch/service-gateway.js';
import type { AuditFailureObserver } from '../telemetry/audit-failure-observer.js';
import { AuditTrail, ElasticsearchAuditSink, type AuditSink } from './audit-trail.js';
import { Auditor } from './auditor.js';

@Module({})
export class AuditModule {
  /** @param log the sink that is always there. */
  static forRoot(log: AuditSink, observer: AuditFailureObserver): DynamicModule {
    return {
      module: AuditModule,
      global: true,
      providers: [
        Auditor,
        {
          provide: AuditTrail,
          inject: [Settings, ServiceGateway],
          useFactory: ({ auditIndex }: Settings, gateway: ServiceGateway) =>
            new AuditTrail(
              [log, ...(auditIndex === undefined ? [] : [new ElasticsearchAuditSink(gateway, auditIndex)])],
              observer,
            ),
        },
      ],
      exports: [Auditor],
    };
  }
}
