/**
 * Is told of every audit event that could not be written; the observability folder makes a metric and a log line of it.
 */
export interface AuditFailureObserver {
  auditFailed(event: string): void;
}
