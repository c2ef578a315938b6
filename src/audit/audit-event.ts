/** Who did it, as Elasticsearch names the caller; a workload is its subject in the realm `workload`. */
export interface AuditActor {
  username: string;
  realm: string;
  authentication_type: string;
  api_key_id?: string;
}

/**
 * What is recorded of an operation. Closed: there is no free field, so that nothing secret can get in by accident.
 * `reason` is what a caller gave as its reason, cleaned and cut.
 */
export interface AuditEvent {
  event: string;
  operation: string;
  outcome: 'success' | 'failure' | 'denied';
  /** RFC 3339. */
  at: string;
  request_id: string;
  actor: AuditActor | null;
  key_ids: readonly string[];
  /** Whose credential reached Elasticsearch. */
  ran_as: 'caller' | 'service';
  /** Credential profile, and the workload for whom the service acted. */
  profile?: string;
  subject?: string;
  /** What was chosen to be ended, such as `namespace shop`, and how many keys that were. */
  selection?: string;
  count?: number;
  error_code?: string;
  reason?: string;
}
