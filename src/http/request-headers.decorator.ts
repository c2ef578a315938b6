import { createParamDecorator, type ExecutionContext } from '@nestjs/common';

interface WithHeaders {
  headers: Record<string, string | string[] | undefined>;
}

interface WithReplyHeaders {
  headers(values: Record<string, string>): unknown;
  status(code: number): unknown;
}

/** A request header, undefined when absent. Repeated headers are joined as Node joins them. */
export const RequestHeader = createParamDecorator((name: string, context: ExecutionContext): string | undefined => {
  const value = context.switchToHttp().getRequest<WithHeaders>().headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
});

/** Sets headers of the answer. */
export type HeaderWriter = (values: Record<string, string>) => void;

export const ResponseHeaders = createParamDecorator((_data: unknown, context: ExecutionContext): HeaderWriter => {
  const reply = context.switchToHttp().getResponse<WithReplyHeaders>();
  return (values) => void reply.headers(values);
});

/** Sets the status of the answer; only for routes without `@HttpCode`, which would win. */
export type StatusWriter = (status: number) => void;

export const ResponseStatus = createParamDecorator((_data: unknown, context: ExecutionContext): StatusWriter => {
  const reply = context.switchToHttp().getResponse<WithReplyHeaders>();
  return (status) => void reply.status(status);
});
