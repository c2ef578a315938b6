import { operation, type OperationId } from '../operations/operations.js';
import type { RequestContext } from '../identity/request-context.js';
import type { AuditActor, AuditEvent } from './audit-event.js';

/** The event of an operation, from what the request's context knows; `rest` says how it ended and on which keys. */
export function buildAuditEvent(
  id: OperationId,
  context: Pick<RequestContext, 'requestId' | 'caller' | 'workload' | 'ranAsService'>,
  rest: Pick<AuditEvent, 'outcome' | 'key_ids' | 'error_code' | 'reason'>,
): AuditEvent {
  const { audit, runsAs } = operation(id);
  return {
    event: audit ?? id,
    operation: id,
    at: new Date().toISOString(),
    request_id: context.requestId,
    actor: actorOf(context),
    ran_as: context.ranAsService === true ? 'service' : runsAs,
    ...rest,
  };
}

function actorOf({ caller, workload }: Pick<RequestContext, 'caller' | 'workload'>): AuditActor | null {
  if (workload !== undefined)
    return { username: workload.subject, realm: 'workload', authentication_type: workload.source };
  if (caller === undefined) return null;
  return {
    username: caller.username,
    realm: caller.realm.name,
    authentication_type: caller.authenticationType,
    ...(caller.apiKey && { api_key_id: caller.apiKey.id }),
  };
}
