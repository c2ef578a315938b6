import { type SelfExplainingCode, ServiceError } from '../../errors/service-error.js';

/** A key that cannot be had now, with the moment at which it makes sense to try again. */
export class NotYet extends ServiceError {
  constructor(
    code: SelfExplainingCode,
    detail: string,
    /** Epoch milliseconds. */
    readonly retryAtMs: number,
  ) {
    super(code, detail, {
      headers: { 'retry-after': String(Math.max(1, Math.ceil((retryAtMs - Date.now()) / 1000))) },
    });
  }
}
