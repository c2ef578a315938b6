import pino, { type DestinationStream, type Logger } from 'pino';
import type { AuditEvent } from './audit-event.js';
import type { AuditSink } from './audit-trail.js';

/**
 * The audit trail as JSON lines of its own stream, marked `"stream":"audit"`. Written synchronously: a line that is
 * only buffered has not been written.
 */
export class AuditLog implements AuditSink {
  private readonly logger: Logger;

  /** @param file path of the audit file; standard output when absent. */
  constructor(file: string | undefined, destination?: DestinationStream) {
    const stream = destination ?? pino.destination({ dest: file ?? 1, sync: true, mkdir: true, append: true });
    this.logger = pino(
      {
        base: { service: 'latchkey', stream: 'audit' },
        timestamp: false,
        formatters: { level: (label) => ({ level: label }) },
      },
      stream,
    );
  }

  write(event: AuditEvent): void {
    this.logger.info(event);
  }
}
