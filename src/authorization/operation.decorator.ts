import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import {
  ApiBody,
  type ApiBodyOptions,
  ApiExtension,
  ApiHeaders,
  type ApiHeaderOptions,
  ApiOperation,
  ApiResponse,
  type ApiResponseOptions,
  ApiSecurity,
} from '@nestjs/swagger';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import type { Audited, AuditedSecret } from '../audit/audited.js';
import type { ErrorCode } from '../errors/error-registry.js';
import { ApiProblems, SERVICE_PROBLEMS } from './api-problems.decorator.js';
import {
  isOfWorkloads,
  type Operation as Row,
  operation,
  type OperationId,
  type OPERATIONS,
} from '../operations/operations.js';

export const OPERATION_METADATA = 'latchkey:operation';
export const PUBLIC_METADATA = 'latchkey:public';

/** Names of security schemes of the OpenAPI document. */
const CALLER_SCHEMES = ['basic', 'apiKey', 'bearer'];
const WORKLOAD_SCHEMES = ['workloadCertificate', 'workloadToken'];

const EVERYWHERE = [
  'rate.limited',
  'request.invalid',
  'request.headers-too-large',
  'upstream.busy',
  'feature.api-keys-disabled',
  'feature.security-disabled',
  'feature.not-available',
  'internal',
  'upstream.invalid',
  'upstream.unavailable',
  'service.timeout',
  'upstream.timeout',
] as const satisfies ErrorCode[];

/** What a reader of the OpenAPI document needs beyond the operation's row; it stands in `<feature>.docs.ts`. */
export interface OperationDocs {
  description?: string;
  /** This operation's own problems, beside those that the table implies. */
  problems?: readonly ErrorCode[];
  /** Examples are bodies that work as they stand, but for ids and names. */
  body?: ApiBodyOptions;
  /** Headers of the request. */
  headers?: readonly ApiHeaderOptions[];
  /** What is answered when it goes well, by status. */
  answers?: Readonly<Record<number, ApiResponseOptions>>;
}

/** Documentation of operations of a group (`user-keys`), by their ids; a name that is no operation does not compile. */
export type FeatureDocs<Group extends string> = {
  readonly [Id in Extract<OperationId, `${Group}.${string}`>]?: OperationDocs;
};

type Handler<Answer> = (...input: never[]) => Answer | Promise<Answer>;

/**
 * What the row of an operation asks of its handler: to say what is recorded, and how a secret is undone. Of an id that
 * is one of several, all that their rows ask.
 */
type HandlerOf<Row> = [Extract<Row, { secret: true }>] extends [never]
  ? [Extract<Row, { audit: string }>] extends [never]
    ? Handler<unknown>
    : Handler<Audited<unknown>>
  : Handler<AuditedSecret<unknown>>;

type OperationDecorator<Id extends OperationId> = <H extends HandlerOf<(typeof OPERATIONS)[Id]>>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<H>,
) => void;

/**
 * Binds a route to its row of the operations table: the guard's rule, and what OpenAPI says of it.
 *
 * @param docs of the whole feature; that of this operation is taken, and does not compile when it is missing.
 */
export function Operation<Id extends OperationId>(
  id: Id,
  docs?: { readonly [Wanted in Id]: OperationDocs },
): OperationDecorator<Id> {
  const { description = '', problems = [], body, headers = [], answers = {} } = docs?.[id] ?? {};
  const row = operation(id);
  const { anyOf, license, runsAs, summary, audit } = row;
  const anybody = isOfWorkloads(row)
    ? 'For workloads: a client certificate on the mesh port, or a bearer token of a configured issuer.'
    : 'Any authenticated caller.';
  const needs =
    anyOf.length === 0
      ? anybody
      : `Needs one of the cluster privileges ${anyOf.map((name) => `\`${name}\``).join(', ')}.`;
  const licensed = license === 'enterprise' ? ' Needs an Enterprise or trial license.' : '';
  return applyDecorators(
    SetMetadata(OPERATION_METADATA, id),
    ApiOperation({ operationId: id, summary, description: `${description}\n\n${needs}${licensed}`.trim() }),
    ApiExtension('x-privileges', { any_of: anyOf, license, runs_as: runsAs }),
    ...(isOfWorkloads(row) ? WORKLOAD_SCHEMES : CALLER_SCHEMES).map((scheme) => ApiSecurity(scheme)),
    ...(audit === undefined ? [] : [UseInterceptors(AuditInterceptor)]),
    ApiProblems([...impliedBy(row), ...problems]),
    ApiHeaders([...headers]),
    ...(body === undefined ? [] : [ApiBody(body)]),
    ...Object.entries(answers).map(([status, answer]) => ApiResponse({ ...answer, status: Number(status) })),
  );
}

/** What every operation can answer, and what follows from its row. */
function impliedBy(row: Row): ErrorCode[] {
  return [
    ...(isOfWorkloads(row)
      ? (['workload.unauthenticated', 'workload.conflict', 'workload.verifier-unavailable'] as const)
      : (['auth.missing', 'auth.invalid'] as const)),
    ...(row.anyOf.length > 0 ? (['privilege.missing'] as const) : []),
    ...(row.license === 'enterprise' ? (['license.insufficient', 'license.expired'] as const) : []),
    ...(row.runsAs === 'service' ? SERVICE_PROBLEMS : []),
    ...(row.secret ? (['audit.unavailable'] as const) : []),
    ...EVERYWHERE,
  ];
}

/** A route that needs no caller: probes. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC_METADATA, true);
