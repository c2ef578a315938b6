import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { operation, type OperationId } from '../authorization/operations.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import { ServiceGateway } from '../elasticsearch/service-gateway.js';
import { isRecord } from '../elasticsearch/answer-shape.js';
import { safeText } from '../errors/safe-text.js';
import { ServiceError } from '../errors/service-error.js';
import type { RequestContext, RequestWithContext } from '../identity/request-context.js';
import { AfterAudit, type AuditedPart } from './after-audit.js';
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
    private readonly service: ServiceGateway,
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
      await this.trail.note({ ...eventOf(id, request, { keyIds: [] }), outcome: 'failure', error_code: error instanceof ServiceError ? error.code : 'internal' });
      throw error;
    }
    const part = result instanceof AfterAudit ? result.recorded : partOf(result);
    const event = eventOf(id, request, part);
    if (!operation(id).secret) await this.trail.note(event);
    else await this.recordOrTakeBack(event, request.latchkey, part);
    return result instanceof AfterAudit ? result.proceed() : result;
  }

  private async recordOrTakeBack(event: AuditEvent, context: RequestContext, { newKeyId }: AuditedPart): Promise<void> {
    try {
      await this.trail.record(event);
    } catch (error) {
      if (newKeyId !== undefined) await this.takeBack(context, newKeyId);
      throw error;
    }
  }

  /** The secret has not left yet; with the key ended it is worth nothing. */
  private async takeBack({ credential, caller, ranAsService }: RequestContext, id: string): Promise<void> {
    if (ranAsService) await this.service.invalidateOwnKeys([id]).catch(() => undefined);
    if (ranAsService || credential === undefined) return;
    await this.gateway.invalidateKeys(credential, [id], caller?.apiKey === undefined).catch(() => undefined);
  }
}

function eventOf(id: OperationId, request: AuditedRequest, part: AuditedPart): AuditEvent {
  const reason = reasonOf(request);
  return buildAuditEvent(id, request.latchkey, { outcome: 'success', key_ids: keyIdsOf(request, part), ...(reason !== undefined && { reason }) });
}

/** Ids that the request names and ids that the answer names; ids are no secrets. */
function keyIdsOf({ params = {}, body }: AuditedRequest, { keyIds }: AuditedPart): string[] {
  const named = [params['id'], params['rotation_id'], ...(isRecord(body) && Array.isArray(body['ids']) ? (body['ids'] as unknown[]) : []), ...keyIds];
  return [...new Set(named.filter((id): id is string => typeof id === 'string'))].slice(0, 101);
}

function partOf(result: unknown): AuditedPart {
  const key = isRecord(result) ? result['key'] : undefined;
  const id = isRecord(key) ? key['id'] : undefined;
  return typeof id === 'string' ? { keyIds: [id], newKeyId: id } : { keyIds: [] };
}

function reasonOf({ body, query = {} }: AuditedRequest): string | undefined {
  const reason = isRecord(body) && typeof body['reason'] === 'string' ? body['reason'] : query['reason'];
  return typeof reason === 'string' ? safeText(reason, MAX_REASON_LENGTH) : undefined;
}
