import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { operation, type OperationId } from '../operations/operations.js';
import { CallerGateway } from '../elasticsearch/caller-gateway.js';
import { ServiceGateway } from '../elasticsearch/service-gateway.js';
import { ServiceGrant } from '../elasticsearch/service-grant.js';
import { isRecord } from '../json/json-record.js';
import type { InvalidationResult } from '../elasticsearch/elasticsearch-types.js';
import { ERROR_REGISTRY, type ErrorCode } from '../errors/error-registry.js';
import { safeText } from '../redaction/safe-text.js';
import { codeOf, ServiceError } from '../errors/service-error.js';
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
/** A hundred in the body and one in the path. */
const MAX_IDS = 101;

/** The answer of an operation on many keys. */
interface InvalidationVerdict {
  invalidated: readonly string[];
  errors: ReadonlyArray<{ id: string; code: string }>;
}

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
    const { operation: id } = request.latchkey;
    if (id === undefined) throw new Error('a route that is audited has no operation');
    let result: unknown;
    try {
      result = await lastValueFrom(next.handle(), { defaultValue: undefined });
    } catch (error) {
      const code = codeOf(error);
      await this.trail.note({ ...eventOf(id, request, idsIn(request)), outcome: outcomeOf(code), error_code: code });
      throw error;
    }
    if (isVerdict(result)) return this.noteVerdict(id, request, result);
    const part = result instanceof AfterAudit ? result.recorded : partOf(result);
    const event = eventOf(id, request, part.keyIds);
    if (!operation(id).secret) await this.trail.note(event);
    else await this.recordOrTakeBack(event, request.latchkey, part);
    return result instanceof AfterAudit ? result.proceed() : result;
  }

  /** What was ended, and for each reason what was not: keys that nobody touched must not look as if somebody had. */
  private async noteVerdict(
    id: OperationId,
    request: AuditedRequest,
    verdict: InvalidationVerdict,
  ): Promise<InvalidationVerdict> {
    const refused = Map.groupBy(verdict.errors, ({ code }) => code);
    if (verdict.invalidated.length > 0 || refused.size === 0)
      await this.trail.note(eventOf(id, request, verdict.invalidated));
    for (const [code, errors] of refused) {
      await this.trail.note({
        ...eventOf(
          id,
          request,
          errors.map((error) => error.id),
        ),
        outcome: outcomeOf(code),
        error_code: code,
      });
    }
    return verdict;
  }

  private async recordOrTakeBack(event: AuditEvent, context: RequestContext, { newKeyId }: AuditedPart): Promise<void> {
    try {
      await this.trail.record(event);
    } catch (error) {
      if (newKeyId !== undefined && !(await this.takeBack(context, newKeyId))) {
        throw new ServiceError(
          'audit.unavailable',
          `The operation could not be recorded in the audit trail, and the new key ${newKeyId} could not be ` +
            'ended either: invalidate it.',
          { members: { key_id: newKeyId } },
        );
      }
      throw error;
    }
  }

  /** The secret has not left yet; with the key ended it is worth nothing. @returns whether it is. */
  private async takeBack({ credential, caller, ranAsService }: RequestContext, id: string): Promise<boolean> {
    if (ranAsService) return ends(this.service.invalidateOwnKeys(ServiceGrant.forOwnWork('unrecorded-keys'), [id]), id);
    if (credential === undefined) return false;
    // A clone belongs to the owner of the key that it was made from: "own" leaves it out without a word.
    return (
      (caller?.apiKey === undefined && (await ends(this.gateway.invalidateKeys(credential, [id], true), id))) ||
      ends(this.gateway.invalidateKeys(credential, [id], false), id)
    );
  }
}

/** @param ids of keys, beside those in the path. */
function eventOf(id: OperationId, request: AuditedRequest, ids: readonly unknown[]): AuditEvent {
  const { params = {} } = request;
  const reason = reasonOf(request);
  const named = [params['id'], params['rotation_id'], ...ids].filter(looksLikeId);
  return buildAuditEvent(id, request.latchkey, {
    outcome: 'success',
    key_ids: [...new Set(named)].slice(0, MAX_IDS),
    ...(reason !== undefined && { reason }),
  });
}

/** Ids are no secrets, but what stands in their place may be one: a whole credential is longer. */
function looksLikeId(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,40}$/.test(value);
}

function idsIn({ body }: AuditedRequest): unknown[] {
  return isRecord(body) && Array.isArray(body['ids']) ? body['ids'] : [];
}

function isVerdict(result: unknown): result is InvalidationVerdict {
  return isRecord(result) && Array.isArray(result['invalidated']) && Array.isArray(result['errors']);
}

/** Who may not was denied; who could not failed. */
function outcomeOf(code: string): AuditEvent['outcome'] {
  const status = code in ERROR_REGISTRY ? ERROR_REGISTRY[code as ErrorCode].status : undefined;
  return status === 403 || code === 'rotation.owner-required' ? 'denied' : 'failure';
}

async function ends(invalidation: Promise<InvalidationResult>, id: string): Promise<boolean> {
  const { invalidated, previouslyInvalidated } = await invalidation.catch(() => ({
    invalidated: [],
    previouslyInvalidated: [],
  }));
  return [...invalidated, ...previouslyInvalidated].includes(id);
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
