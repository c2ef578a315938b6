import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { buildAuditEvent } from '../audit/build-audit-event.js';
import type { OperationId } from '../operations/operations.js';
import type { AuditEvent } from '../audit/audit-event.js';
import { codeOf } from '../errors/service-error.js';
import type { RequestContext } from '../identity/request-context.js';
import type { Holder } from './keys/holder.js';

type Actor = Pick<RequestContext, 'requestId' | 'caller' | 'workload'>;

type Details = Pick<AuditEvent, 'key_ids'> & Partial<AuditEvent>;

const DENIALS: ReadonlySet<string> = new Set(['profile.denied', 'profile.closed', 'lease.not-found']);

/**
 * What is recorded of credentials: who was given which key, and what the service does to keys by itself (without an
 * actor).
 */
@Injectable()
export class CredentialAudit {
  constructor(private readonly trail: AuditTrail) {}

  /** A key was made; nobody has it yet. @throws ServiceError `audit.unavailable` */
  keyMade({ profile, workload: { subject } }: Holder, keyId: string, replaces: string | undefined): Promise<void> {
    const ids = replaces === undefined ? [keyId] : [keyId, replaces];
    return this.trail.record({
      ...ofService(replaces === undefined ? 'lease.key-made' : 'lease.key-rotated', ids),
      profile,
      subject,
    });
  }

  keysRetired(profile: string, keyIds: readonly string[]): Promise<void> {
    return this.trail.note({ ...ofService('lease.keys-retired', keyIds), profile });
  }

  /** A secret is about to leave. @throws ServiceError `audit.unavailable`: then it must not. */
  handedOut(operation: OperationId, actor: Actor, profile: string, keyId: string): Promise<void> {
    return this.trail.record({
      ...buildAuditEvent(operation, actor, { outcome: 'success', key_ids: [keyId] }),
      profile,
    });
  }

  /** Records how `work` ends, whichever way. `details`: what is known before; `after`: what its result adds. */
  async watch<T>(
    operation: OperationId,
    actor: Actor,
    details: Details,
    work: () => Promise<T>,
    after: (result: T) => Partial<AuditEvent> = () => ({}),
  ): Promise<T> {
    const result = await this.onFailure(operation, actor, details, work);
    await this.trail.note({ ...eventOf(operation, actor, details), ...after(result) });
    return result;
  }

  /** As `watch`, for what records its success itself. */
  async onFailure<T>(operation: OperationId, actor: Actor, details: Details, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const code = codeOf(error);
      await this.trail.note({
        ...eventOf(operation, actor, details),
        outcome: DENIALS.has(code) ? 'denied' : 'failure',
        error_code: code,
      });
      throw error;
    }
  }
}

function eventOf(operation: OperationId, actor: Actor, details: Details): AuditEvent {
  return { ...buildAuditEvent(operation, actor, { outcome: 'success', key_ids: details.key_ids }), ...details };
}

function ofService(event: string, keyIds: readonly string[]): AuditEvent {
  return {
    event,
    operation: 'background',
    outcome: 'success',
    at: new Date().toISOString(),
    request_id: randomUUID(),
    actor: null,
    key_ids: keyIds,
    ran_as: 'service',
  };
}
