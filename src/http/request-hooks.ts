import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Secret } from '../redaction/secret.js';
import { invalidField, ServiceError } from '../errors/service-error.js';
import { isOfWorkloads, operation, type OperationId } from '../operations/operations.js';
import { type CallerCredential, readCallerCredential } from '../identity/caller-credential.js';
import type { RequestContext } from '../identity/request-context.js';
import type { WorkloadEvidence } from '../workload-identity/workload-evidence.js';
import type { WorkloadIdentity } from '../workload-identity/workload-identity.js';
import type { DrainState } from './drain-state.js';
import { type MeshConnection, meshConnectionOf } from './mesh-connections.js';
import type { EndedRequest, RequestObserver } from '../telemetry/request-observer.js';
import { inRequestSpan } from '../telemetry/spans.js';
import { API_HEADERS, DOCS_HEADERS } from './response-headers.js';
import type { RouteTable } from './route-table.js';

declare module 'fastify' {
  interface FastifyRequest {
    latchkey: RequestContext;
  }
}

/** Says who sends a request, from what it shows. @throws ServiceError `workload.*`. */
type WorkloadEntrance = (evidence: WorkloadEvidence) => Promise<WorkloadIdentity>;

/** Whether a workload may ask again already. @throws ServiceError `rate.limited`. */
type WorkloadRate = (workload: WorkloadIdentity, id: OperationId) => void;

/** Elasticsearch refused a credential or a privilege in the course of a request. */
type CredentialRefused = (credential: CallerCredential) => void;

/** What the hooks need of the rest of the service. */
export interface RequestEdge {
  routes: RouteTable;
  drain: DrainState;
  observer: RequestObserver;
  credentialRefused: CredentialRefused;
  authenticateWorkload: WorkloadEntrance;
  limitWorkload: WorkloadRate;
}

/** In logs and metrics: the client went away before its answer had left. No answer has it. */
const CLIENT_GONE = 499;
const MAX_HEADERS = 64;
/**
 * Elasticsearch would act as somebody else on these; we never forward them, and to ignore them would act as the wrong
 * one.
 */
const IDENTITY_CHANGING_HEADERS = new Set([
  'es-security-runas-user',
  'es-secondary-authorization',
  'es-secondary-x-client-authentication',
]);

/**
 * What happens to every request before its body is read, and after its answer: context, header rules, credential, log.
 */
export function registerRequestHooks(server: FastifyInstance, edge: RequestEdge): void {
  const { routes, drain, observer } = edge;
  server.addHook('onRequest', (request, reply, done) => {
    drain.inFlight += 1;
    const route = request.routeOptions.url;
    const operation = routes.operationOf(request.method, route);
    request.latchkey = { requestId: request.id, operation };
    const endSpan = inRequestSpan({ method: request.method, route, operation, headers: request.headers }, () =>
      admit(request, reply, edge, done),
    );
    // Not onResponse, which is not called when the client has gone away.
    reply.raw.once('close', () => {
      drain.inFlight -= 1;
      const gone = !reply.raw.writableFinished;
      if (gone) observer.requestEnded(endedRequest(request, CLIENT_GONE, reply.elapsedTime));
      endSpan(gone ? CLIENT_GONE : reply.statusCode);
    });
  });
  server.addHook('onResponse', (request, reply, done) => {
    observeEnd(request, reply, edge);
    done();
  });
}

type Done = (error?: Error) => void;

/** Everything that is decided before the body is read. */
function admit(request: FastifyRequest, reply: FastifyReply, edge: RequestEdge, done: Done): void {
  const { routes, drain } = edge;
  void reply.headers(isDocumentation(request.url) ? DOCS_HEADERS : API_HEADERS);
  void reply.header('x-request-id', request.id);
  const mesh = meshConnectionOf(request.raw.socket);
  if (drain.draining || mesh?.mustClose()) void reply.header('connection', 'close');
  try {
    checkHeaders(request);
    const { operation: id } = request.latchkey;
    if (isWorkloadOperation(id)) {
      request.latchkey.signal = drain.watch(reply.raw);
      admitWorkload(request, id, mesh, edge).then(
        () => done(),
        (error: unknown) => done(error as Error),
      );
      return;
    }
    if (mesh !== undefined)
      throw new ServiceError(
        'route.not-found',
        'There is no such route on the mesh port, which is for workloads only.',
      );
    const [path = ''] = request.url.split('?');
    if (routes.isTakenForSibling(path, request.routeOptions.url)) throw routes.refusal(path);
    if (id !== undefined) request.latchkey.credential = readCallerCredential(request.raw.rawHeaders);
    done();
  } catch (error) {
    done(error as Error);
  }
}

async function admitWorkload(
  request: FastifyRequest,
  id: OperationId,
  mesh: MeshConnection | undefined,
  { authenticateWorkload, limitWorkload }: RequestEdge,
): Promise<void> {
  if (mesh !== undefined) request.latchkey.connection = mesh.identity;
  const workload = await authenticateWorkload(evidenceOf(request, mesh));
  request.latchkey.workload = workload;
  limitWorkload(workload, id);
}

function isWorkloadOperation(id: OperationId | undefined): id is OperationId {
  return id !== undefined && isOfWorkloads(operation(id));
}

/** From the raw headers, in which a repeated one is seen. */
function evidenceOf({ raw: { rawHeaders } }: FastifyRequest, mesh: MeshConnection | undefined): WorkloadEvidence {
  const valuesOf = (name: string): string[] =>
    rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
  return {
    ...(mesh !== undefined && { certificate: mesh.certificate }),
    forwarded: valuesOf('x-forwarded-client-cert'),
    authorization: valuesOf('authorization').map((value) => new Secret(value)),
  };
}

function isDocumentation(url: string): boolean {
  return url === '/docs' || url.startsWith('/docs/');
}

function checkHeaders({ raw: { rawHeaders } }: FastifyRequest): void {
  if (rawHeaders.length / 2 > MAX_HEADERS)
    throw new ServiceError('request.headers-too-large', `At most ${MAX_HEADERS} headers are accepted.`);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (IDENTITY_CHANGING_HEADERS.has(name))
      throw invalidField(
        `header:${name}`,
        'header.unsupported',
        'is not supported: a request acts as the caller in Authorization',
      );
  }
}

function observeEnd(request: FastifyRequest, reply: FastifyReply, { observer, credentialRefused }: RequestEdge): void {
  const { latchkey } = request;
  const { statusCode: status } = reply;
  if ((status === 401 || status === 403) && latchkey.credential !== undefined) credentialRefused(latchkey.credential);
  observer.requestEnded({
    ...endedRequest(request, status, reply.elapsedTime),
    ...(latchkey.problem !== undefined && { code: latchkey.problem }),
  });
}

function endedRequest(
  { latchkey, method, routeOptions }: FastifyRequest,
  status: number,
  durationMs: number,
): EndedRequest {
  return {
    requestId: latchkey.requestId,
    operation: latchkey.operation,
    method,
    route: routeOptions.url,
    status,
    durationMs,
    username: latchkey.caller?.username,
    realm: latchkey.caller?.realm.name,
    workload: latchkey.workload?.subject,
  };
}
