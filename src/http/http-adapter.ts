import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { INestApplication, Type, DynamicModule, LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../config/settings.js';
import type { TlsMaterial } from '../config/tls-material.js';
import { ServiceError } from '../errors/service-error.js';
import { API_HEADERS } from './response-headers.js';
import { sendProblem } from './problem.filter.js';
import { pauseBeforeProblems } from './error-pause.js';
import { allowLargeBodies } from './large-bodies.js';
import { registerRequestHooks, type RequestEdge } from './request-hooks.js';
import { MAX_REQUESTS_PER_SOCKET, serverLimits } from './server-limits.js';
import { answerSocketError } from './socket-errors.js';
import { acceptOnlyJson } from './strict-json.js';
import type { TlsCertificates } from './tls-certificates.js';
import { tlsOptions } from './tls-options.js';

const MAX_PATH_PARAMETER_LENGTH = 512;
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

export interface HttpEdge extends RequestEdge {
  settings: Settings;
  logger: LoggerService | false;
  /** The API port is served by TLS when they are given. */
  certificates?: TlsCertificates;
}

/** A Nest application behind Fastify with all limits set, not yet listening. */
export async function createHttpApplication(module: Type | DynamicModule, edge: HttpEdge): Promise<INestApplication> {
  const adapter = new FastifyAdapter(serverOptions(edge.settings, edge.certificates));
  const server = adapter.getInstance<FastifyInstance>();
  registerRequestHooks(server, edge);
  pauseBeforeProblems(server);
  allowLargeBodies(server, edge.routes, edge.settings);
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: edge.logger,
    bodyParser: false,
    abortOnError: false,
  });
  acceptOnlyJson(server);
  edge.certificates?.watch((present) => (server.server as HttpsServer).setSecureContext(apiTls(present)));
  return app;
}

/** The way into a Nest application for requests that another server has taken. */
export function dispatcherOf(app: INestApplication): RequestListener {
  const server = (app.getHttpAdapter() as FastifyAdapter).getInstance<FastifyInstance>();
  return (request, response) => server.routing(request, response);
}

/** Clients of the API show credentials of Elasticsearch, no certificates. */
function apiTls({ cert, key }: TlsMaterial) {
  return tlsOptions({ cert, key });
}

function serverOptions(settings: Settings, certificates?: TlsCertificates) {
  return {
    logger: false,
    bodyLimit: settings.bodyLimitBytes,
    requestTimeout: settings.requestTimeoutMs,
    handlerTimeout: settings.handlerTimeoutMs,
    keepAliveTimeout: settings.keepAliveTimeoutMs,
    maxRequestsPerSocket: MAX_REQUESTS_PER_SOCKET,
    // While draining, requests on kept connections are still answered (with Connection: close), not refused.
    return503OnClosing: false,
    forceCloseConnections: 'idle' as const,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_LENGTH },
    ...(certificates === undefined
      ? { http: serverLimits(settings) }
      : {
          https: {
            ...serverLimits(settings),
            ...apiTls(certificates.current),
            handshakeTimeout: settings.headersTimeoutMs,
          },
        }),
    requestIdHeader: false as const,
    genReqId: ({ headers }: Pick<IncomingMessage, 'headers'>): string => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
    },
    clientErrorHandler: answerSocketError,
    frameworkErrors: (
      error: Error & { code?: string },
      request: { id: string },
      reply: Parameters<typeof sendProblem>[0],
    ) => {
      const code =
        error.code === 'FST_ERR_MAX_PARAM_LENGTH_EXCEEDED'
          ? 'A part of the path is too long.'
          : 'The path is not a valid URL path.';
      // The request hooks, which set these otherwise, do not run for what has no route.
      void reply.headers({ ...API_HEADERS, 'x-request-id': request.id });
      sendProblem(reply, new ServiceError('request.invalid', code), request.id);
    },
  };
}
