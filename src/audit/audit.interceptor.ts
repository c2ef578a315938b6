import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { operation, type OperationId } from '../authorization/operations.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import { isRecord } from '../elasticsearch/answer-shape.js';
import { safeText } from '../errors/safe-text.js';
import { ServiceError } from '../errors/service-error.js';
import type { RequestContext, RequestWithContext } from '../identity/request-context.js';
import type { AuditEvent } from './audit-event.js';
import { AuditTrail } from './audit-trail.js';
import { buildAuditEvent } from './build-audit-event.js';

interface AuditedRequest extends RequestWithContext {
  params?: Record<string, unknown>;
  query?: Record<string, unknown>;
  body?: unknown;
}

const MAX_REASON_LENGTH = 300;

/**
 * Records every operation that the table names an audit event for. A secret leaves only after its event is written: if
 * it cannot be, the new key is invalidated and the caller gets an error in place of it.
 */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly trail: AuditTrail,
    private readonly gateway: CallerGateway,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return from(this.run(context.switchToHttp().getRequest<AuditedRequest>(), next));
  }

  private async run(request: AuditedRequest, next: CallHandler): Promise<unknown> {
    const id = request.latchkey.operation as OperationId;
    let result: unknown;
    try {
      result = await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      await this.trail.note({ ...eventOf(id, request, undefined), outcome: 'failure', error_code: error instanceof ServiceError ? error.code : 'internal' });
      throw error;
    }
    const event = eventOf(id, request, result);
    if (!operation(id).secret) {
      await this.trail.note(event);
      return result;
    }
    try {
      await this.trail.record(event);
    } catch (error) {
      await this.takeBack(request.latchkey, result);
      throw error;
    }
    return result;
  }

  /** The secret has not left yet; with the key ended it is worth nothing. */
  private async takeBack({ credential, caller }: RequestContext, result: unknown): Promise<void> {
    const id = newKeyId(result);
    if (id === undefined || credential === undefined) return;
    await this.gateway.invalidateKeys(credential, [id], caller?.apiKey === undefined).catch(() => undefined);
  }
}

function eventOf(id: OperationId, request: AuditedRequest, result: unknown): AuditEvent {
  const reason = reasonOf(request);
  return buildAuditEvent(id, request.latchkey, { outcome: 'success', key_ids: keyIdsOf(request, result), ...(reason !== undefined && { reason }) });
}

/** Ids that the request names and ids that the answer names; ids are no secrets. */
function keyIdsOf({ params = {}, body }: AuditedRequest, result: unknown): string[] {
  const named = [params['id'], ...(isRecord(body) && Array.isArray(body['ids']) ? (body['ids'] as unknown[]) : []), newKeyId(result)];
  return [...new Set(named.filter((id): id is string => typeof id === 'string'))].slice(0, 101);
}

function newKeyId(result: unknown): string | undefined {
  const key = isRecord(result) ? result['key'] : undefined;
  const id = isRecord(key) ? key['id'] : undefined;
  return typeof id === 'string' ? id : undefined;
}

function reasonOf({ body, query = {} }: AuditedRequest): string | undefined {
  const reason = isRecord(body) && typeof body['reason'] === 'string' ? body['reason'] : query['reason'];
  return typeof reason === 'string' ? safeText(reason, MAX_REASON_LENGTH) : undefined;
}
