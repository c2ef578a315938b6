import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AuthorizedCaller, RequestWithContext } from '../identity/request-context.js';

/** The caller that the guard let through; only for routes with an `@Operation` that is not public. */
export const CurrentCaller = createParamDecorator((_data: unknown, context: ExecutionContext): AuthorizedCaller => {
  const { latchkey } = context.switchToHttp().getRequest<RequestWithContext>();
  const { requestId, credential, caller, privileges } = latchkey;
  if (credential === undefined || caller === undefined || privileges === undefined)
    throw new Error('the guard has not run');
  const noteRanAsService = (): void => {
    latchkey.ranAsService = true;
  };
  return { requestId, credential, caller, privileges, noteRanAsService };
});
