import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_MEDIA_TYPE, toProblem } from '../errors/problem.js';
import { type SelfExplainingCode, ServiceError } from '../errors/service-error.js';
import type { DefectObserver } from '../telemetry/defect-observer.js';
import { RouteTable } from './route-table.js';

const FASTIFY_ERRORS: Record<string, [SelfExplainingCode, string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['request.too-large', 'The body is larger than this service accepts.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['request.unsupported-media-type', 'Send application/json.'],
  FST_ERR_CTP_EMPTY_TYPE: ['request.unsupported-media-type', 'Send application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['request.invalid', 'The body is not as long as Content-Length says.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['request.invalid', 'The request needs a JSON object as its body.'],
  FST_ERR_BAD_URL: ['request.invalid', 'The path is not a valid URL path.'],
  FST_ERR_MAX_PARAM_LENGTH_EXCEEDED: ['request.invalid', 'A part of the path is too long.'],
  FST_ERR_HANDLER_TIMEOUT: ['service.timeout', 'The request took longer than this service allows.'],
};

/**
 * Fastify's answer to QUERY without a content type, before it looks whether there is such a route; no route of ours
 * takes QUERY.
 */
const QUERY_WITHOUT_CONTENT_TYPE = 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE';

/** Answers every error, the framework's own included, as problem+json. */
@Injectable()
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly routes: RouteTable,
    private readonly observer: DefectObserver,
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const error = this.toServiceError(exception, request);
    // After a handler timeout the answer is already on its way when the handler fails at last.
    if (reply.sent) return;
    request.latchkey.problem = error.code;
    sendProblem(reply, error, request.id);
  }

  private toServiceError(exception: unknown, request: FastifyRequest): ServiceError {
    if (exception instanceof ServiceError) return exception;
    const fastifyError = fastifyCode(exception);
    if (fastifyError === QUERY_WITHOUT_CONTENT_TYPE) return this.noRoute(request);
    const known = FASTIFY_ERRORS[fastifyError];
    if (known !== undefined) return new ServiceError(...known);
    if (exception instanceof HttpException && exception.getStatus() === 404) return this.noRoute(request);
    if (exception instanceof HttpException && exception.getStatus() === 403)
      return new ServiceError('privilege.missing', 'This route is not open.');
    const defect = exception instanceof Error ? exception : new Error('not an Error');
    this.observer.defect(
      request.id,
      defect.name,
      (defect.stack ?? '')
        .split('\n')
        .filter((line) => line.trimStart().startsWith('at '))
        .join('\n'),
    );
    return new ServiceError('internal', 'Something failed inside Latchkey.');
  }

  private noRoute(request: FastifyRequest): ServiceError {
    const [path = ''] = request.url.split('?');
    return this.routes.refusal(path);
  }
}

/** Nest wraps some of Fastify's errors and keeps the original as the cause. */
function fastifyCode(exception: unknown): string {
  const original = exception instanceof HttpException ? exception.cause : exception;
  return (original as { code?: string } | undefined)?.code ?? '';
}

export function sendProblem(reply: FastifyReply, error: ServiceError, requestId: string): void {
  for (const [name, value] of Object.entries(error.headers))
    void reply.header(name, name === 'www-authenticate' ? challengesFor(reply, value) : value);
  // As bytes, so that Fastify adds no charset, which the media type does not have (RFC 9457, section 6.1).
  void reply
    .status(error.status)
    .type(PROBLEM_MEDIA_TYPE)
    .send(Buffer.from(JSON.stringify(toProblem(error, requestId))));
}

/**
 * A script in a browser (Fetch Metadata: destination `empty`) is not told of Basic: the browser would ask its user for
 * a password and keep it, which Swagger UI must not bring about.
 */
function challengesFor(reply: FastifyReply, challenges: string | string[]): string | string[] {
  if (reply.request.headers['sec-fetch-dest'] !== 'empty' || typeof challenges === 'string') return challenges;
  return challenges.filter((challenge) => !challenge.startsWith('Basic'));
}
