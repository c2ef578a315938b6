import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { ApiExtension, ApiOperation, ApiSecurity } from '@nestjs/swagger';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { ApiProblems } from './api-problems.decorator.js';
import { isOfWorkloads, operation, type OperationId } from './operations.js';

export const OPERATION_METADATA = 'latchkey:operation';
export const PUBLIC_METADATA = 'latchkey:public';

/** Names of security schemes of the OpenAPI document. */
const CALLER_SCHEMES = ['basic', 'apiKey', 'bearer'];
const WORKLOAD_SCHEMES = ['workloadCertificate', 'workloadToken'];

export interface OperationDocumentation {
  /** What a reader of the OpenAPI document needs beyond the summary. */
  description?: string;
  /** Status codes of this operation's own problems, beside those that the table implies. */
  problems?: readonly number[];
}

/** Binds a route to its row of the operations table: the guard's rule, and the OpenAPI texts that follow from it. */
export function Operation(id: OperationId, { description = '', problems = [] }: OperationDocumentation = {}): MethodDecorator {
  const row = operation(id);
  const { anyOf, license, runsAs, summary, audit, secret, recordsItself = false } = row;
  const anybody = isOfWorkloads(row) ? 'For workloads: a client certificate on the mesh port, or a bearer token of a configured issuer.' : 'Any authenticated caller.';
  const needs = anyOf.length === 0 ? anybody : `Needs one of the cluster privileges ${anyOf.map((name) => `\`${name}\``).join(', ')}.`;
  const licensed = license === 'enterprise' ? ' Needs an Enterprise or trial license.' : '';
  return applyDecorators(
    SetMetadata(OPERATION_METADATA, id),
    ApiOperation({ operationId: id, summary, description: `${description}\n\n${needs}${licensed}`.trim() }),
    ApiExtension('x-privileges', { any_of: anyOf, license, runs_as: runsAs }),
    ...(isOfWorkloads(row) ? WORKLOAD_SCHEMES : CALLER_SCHEMES).map((scheme) => ApiSecurity(scheme)),
    ...(audit === undefined || recordsItself ? [] : [UseInterceptors(AuditInterceptor)]),
    ApiProblems([401, ...(secret ? [503] : []), ...(anyOf.length > 0 ? [403] : []), 429, 431, 502, 503, 504, ...problems]),
  );
}

/** A route that needs no caller: probes. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC_METADATA, true);
