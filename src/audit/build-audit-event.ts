import { operation, type OperationId } from '../authorization/operations.js';
import type { RequestContext } from '../identity/request-context.js';
import type { AuditEvent } from './audit-event.js';

/** The event of an operation, from what the request's context knows; `rest` says how it ended and on which keys. */
export function buildAuditEvent(id: OperationId, { requestId, caller, ranAsService = false }: RequestContext, rest: Pick<AuditEvent, 'outcome' | 'key_ids' | 'error_code' | 'reason'>): AuditEvent {
  const { audit, runsAs } = operation(id);
  return {
    event: audit ?? id,
    operation: id,
    at: new Date().toISOString(),
    request_id: requestId,
    actor:
      caller === undefined
        ? null
        : { username: caller.username, realm: caller.realm.name, authentication_type: caller.authenticationType, ...(caller.apiKey && { api_key_id: caller.apiKey.id }) },
    ran_as: ranAsService ? 'service' : runsAs,
    ...rest,
  };
}
