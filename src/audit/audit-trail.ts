import type { ServiceGateway } from '../elasticsearch/service-gateway.js';
import { ServiceError } from '../errors/service-error.js';
import type { AuditFailureObserver } from '../telemetry/audit-failure-observer.js';
import type { AuditEvent } from './audit-event.js';

/** Somewhere that audit events go. Throws, or rejects, when the event is not safely there. */
export interface AuditSink {
  write(event: AuditEvent): void | Promise<void>;
}

/** Writes each event to every sink before it returns. */
export class AuditTrail {
  constructor(
    private readonly sinks: readonly AuditSink[],
    private readonly observer: AuditFailureObserver,
  ) {}

  /** @throws ServiceError `audit.unavailable` when a sink did not take the event. */
  async record(event: AuditEvent): Promise<void> {
    try {
      for (const sink of this.sinks) await sink.write(event);
    } catch {
      // What a sink says may quote where it writes to; that it failed is all that matters to a caller.
      this.observer.auditFailed(event.event);
      throw new ServiceError('audit.unavailable', 'The operation could not be recorded in the audit trail.');
    }
  }

  /** As `record`, for what is over already: a failure is counted and otherwise changes nothing. */
  async note(event: AuditEvent): Promise<void> {
    await this.record(event).catch(() => undefined);
  }
}

/** One document an event, in an index or a data stream, with the service's own identity. */
export class ElasticsearchAuditSink implements AuditSink {
  constructor(
    private readonly gateway: ServiceGateway,
    private readonly index: string,
  ) {}

  write(event: AuditEvent): Promise<void> {
    return this.gateway.appendDocument(this.index, { '@timestamp': event.at, ...event });
  }
}
