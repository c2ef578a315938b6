import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import type { RequestWithContext } from '../identity/request-context.js';
import { Audited } from './audited.js';
import { Auditor, looksLikeId } from './auditor.js';

interface AuditedRequest extends RequestWithContext {
  params?: Record<string, unknown>;
}

/** Carries out what a handler returns as `Audited`; for every operation that the table names an audit event for. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(private readonly auditor: Auditor) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return from(this.run(context.switchToHttp().getRequest<AuditedRequest>(), next));
  }

  private async run({ latchkey, params = {} }: AuditedRequest, next: CallHandler): Promise<unknown> {
    const { operation: id } = latchkey;
    if (id === undefined) throw new Error('a route that is audited has no operation');
    let answer: unknown;
    try {
      answer = await lastValueFrom(next.handle());
    } catch (error) {
      // Before the handler could say what it is about: of the input only the path is known to name keys.
      const keyIds = [params['id'], params['rotation_id']].filter(looksLikeId);
      await this.auditor.noteRefusal(id, latchkey, error, keyIds);
      throw error;
    }
    if (!(answer instanceof Audited)) throw new Error(`the handler of ${id} does not say what to record`);
    return this.auditor.carryOut(id, latchkey, answer);
  }
}
