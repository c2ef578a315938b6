import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { isDenial } from '../errors/error-registry.js';
import { codeOf, ServiceError } from '../errors/service-error.js';
import type { RequestContext } from '../identity/request-context.js';
import { operation, type OperationId } from '../operations/operations.js';
import { safeText } from '../redaction/safe-text.js';
import type { Audited, AuditOutcome, AuditSubject, Undo } from './audited.js';
import type { AuditActor, AuditEvent } from './audit-event.js';
import { AuditTrail } from './audit-trail.js';

const MAX_REASON_LENGTH = 300;

type Actor = Pick<RequestContext, 'requestId' | 'caller' | 'workload' | 'ranAsService'>;

/** What the service did without being asked. */
export interface OwnWork {
  event: string;
  /** That was asked for beforehand. */
  operation?: OperationId;
  /** Names the kind of work; else each event has an id of its own. */
  requestId?: string;
  outcome?: AuditEvent['outcome'];
  keyIds: readonly string[];
  profile?: string;
  /** The workload for whom it was done. */
  subject?: string;
}

/** Makes all audit events, and sees to it that a secret leaves only after its event. */
@Injectable()
export class Auditor {
  constructor(private readonly trail: AuditTrail) {}

  /**
   * Carries an operation out and records how it ended, whichever way.
   *
   * @throws ServiceError what the work throws; `audit.unavailable` for an operation that can be undone, and was.
   */
  async carryOut<Answer>(id: OperationId, actor: Actor, { subject, carryOut }: Audited<Answer>): Promise<Answer> {
    const done = await carryOut().catch(async (error: unknown) => {
      if (operation(id).records !== 'deliveries') await this.noteFailure(id, actor, error, subject);
      throw error;
    });
    const events = done.outcome === undefined ? [] : eventsOf(id, actor, subject, done.outcome);
    if (done.undo === undefined) for (const event of events) await this.trail.note(event);
    else await this.recordOrUndo(events, done.undo);
    return done.answer();
  }

  /** For a request that its handler never saw, or could not make anything of. */
  async noteRefusal(id: OperationId, actor: Actor, error: unknown, keyIds: readonly string[]): Promise<void> {
    if (operation(id).records === undefined) await this.noteFailure(id, actor, error, { keyIds });
  }

  /** For a caller who may not, whatever else the operation records. */
  async noteDenial(id: OperationId, actor: Actor, error: ServiceError): Promise<void> {
    if (operation(id).audit !== undefined) await this.noteFailure(id, actor, error, { keyIds: [] });
  }

  private async noteFailure(id: OperationId, actor: Actor, error: unknown, subject: AuditSubject): Promise<void> {
    await this.trail.note(failureOf(eventOf(id, actor, subject, subject.keyIds), codeOf(error)));
  }

  /** @throws ServiceError `audit.unavailable` */
  recordOwnWork(work: OwnWork): Promise<void> {
    return this.trail.record(ofService(work));
  }

  /** For what is over already. */
  noteOwnWork(work: OwnWork): Promise<void> {
    return this.trail.note(ofService(work));
  }

  private async recordOrUndo(events: readonly AuditEvent[], undo: Undo): Promise<void> {
    try {
      for (const event of events) await this.trail.record(event);
    } catch (error) {
      const left = await undo();
      if (left === undefined) throw error;
      throw new ServiceError(
        'audit.unavailable',
        `The operation could not be recorded in the audit trail, and the new key ${left} could not be ` +
          'ended either: invalidate it.',
        { members: { key_id: left } },
      );
    }
  }
}

/** An event for what was done, and one for each reason why it was not. */
function eventsOf(id: OperationId, actor: Actor, subject: AuditSubject, outcome: AuditOutcome): AuditEvent[] {
  const { keyIds, refused = [] } = outcome;
  const failures = [...Map.groupBy(refused, ({ code }) => code)].map(([code, some]) => {
    const ids = some.map((key) => key.id);
    return failureOf(eventOf(id, actor, subject, ids), code);
  });
  return keyIds.length > 0 || failures.length === 0 ? [eventOf(id, actor, subject, keyIds), ...failures] : failures;
}

function eventOf(id: OperationId, actor: Actor, subject: AuditSubject, keyIds: readonly string[]): AuditEvent {
  const { audit, runsAs } = operation(id);
  const { profile, selection, count, reason } = subject;
  return {
    event: audit ?? id,
    operation: id,
    at: new Date().toISOString(),
    request_id: actor.requestId,
    actor: actorOf(actor),
    ran_as: actor.ranAsService === true ? 'service' : runsAs,
    outcome: 'success',
    key_ids: [...new Set(keyIds.filter(looksLikeId))],
    ...(profile !== undefined && { profile }),
    ...(selection !== undefined && { selection }),
    ...(count !== undefined && { count }),
    ...(reason !== undefined && { reason: safeText(reason, MAX_REASON_LENGTH) }),
  };
}

function failureOf(event: AuditEvent, code: string): AuditEvent {
  return { ...event, outcome: isDenial(code) ? 'denied' : 'failure', error_code: code };
}

function ofService({ operation: asked, requestId, keyIds, outcome = 'success', ...rest }: OwnWork): AuditEvent {
  return {
    operation: asked ?? 'background',
    outcome,
    at: new Date().toISOString(),
    request_id: requestId ?? randomUUID(),
    actor: null,
    key_ids: keyIds,
    ran_as: 'service',
    ...rest,
  };
}

/** Ids are no secrets, but what stands in their place may be one: a whole credential is longer. */
export function looksLikeId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,40}$/.test(value);
}

function actorOf({ caller, workload }: Actor): AuditActor | null {
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
