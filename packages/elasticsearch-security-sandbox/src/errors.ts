import { emptyObject, type JsonObject } from './json/json-value.js';

/** What an exception carries beside its type, reason and status. */
export interface ErrorExtras {
  readonly cause?: SandboxError;
  readonly metadata?: JsonObject;
  readonly headers?: Readonly<Record<string, readonly string[]>>;
  readonly rootCauses?: readonly SandboxError[];
}

/** An exception as Elasticsearch reports one. */
export class SandboxError extends Error {
  constructor(
    readonly type: string,
    readonly reason: string,
    readonly status: number,
    readonly extras: ErrorExtras = {},
  ) {
    super(reason);
  }
}

/** An error answer whose body is a plain text, not an exception (405, 406, no handler). */
export class PlainError extends Error {
  constructor(
    readonly status: number,
    readonly body: JsonObject,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`status ${status}`);
  }
}

const X_CONTENT_TYPES: ReadonlySet<string> = new Set(['x_content_parse_exception', 'x_content_e_o_f_exception']);

// Only these may stand in `root_cause` in place of the exception that wraps them.
const ELASTICSEARCH_TYPES: ReadonlySet<string> = new Set([
  'document_parsing_exception',
  'exception',
  'feature_not_enabled_exception',
  'parse_exception',
  'parsing_exception',
  'query_shard_exception',
  'resource_not_found_exception',
  'role_restriction_exception',
  'search_phase_execution_exception',
  'security_exception',
  'status_exception',
]);

/** `illegal_argument_exception`, 400. */
export function illegalArgument(reason: string, cause?: SandboxError): SandboxError {
  return new SandboxError('illegal_argument_exception', reason, 400, cause ? { cause } : {});
}

/** `parse_exception`, 400. */
export function parseException(reason: string, cause?: SandboxError): SandboxError {
  return new SandboxError('parse_exception', reason, 400, cause ? { cause } : {});
}

/** `action_request_validation_exception` with numbered errors, 400. */
export function validationFailed(
  errors: readonly string[],
  type = 'action_request_validation_exception',
): SandboxError {
  return new SandboxError(
    type,
    `Validation Failed: ${errors.map((text, index) => `${index + 1}: ${text};`).join('')}`,
    400,
  );
}

/** `resource_not_found_exception`, 404. */
export function resourceNotFound(reason: string): SandboxError {
  return new SandboxError('resource_not_found_exception', reason, 404);
}

/** `security_exception` of a license that lacks a feature, 403. */
export function licenseNonCompliant(feature: string, metadata: JsonObject = emptyObject()): SandboxError {
  return new SandboxError('security_exception', `current license is non-compliant for [${feature}]`, 403, {
    metadata: { 'license.expired.feature': feature, ...metadata },
  });
}

/** `feature_not_enabled_exception`, 400. */
export function featureNotEnabled(reason: string, feature: string): SandboxError {
  return new SandboxError('feature_not_enabled_exception', reason, 400, { metadata: { 'disabled.feature': feature } });
}

/** The failure of a search on the only shard of the security index. */
export function searchPhaseFailure(cause: SandboxError, nodeId: string): SandboxError {
  const failure: JsonObject = { shard: 0, index: '.security-7', node: nodeId, reason: nestedException(cause) };
  const isElasticsearchException = ELASTICSEARCH_TYPES.has(cause.type);
  const bare = new SandboxError(cause.type, cause.reason, cause.status, {
    metadata: cause.extras.metadata ?? emptyObject(),
  });
  const repeated = new SandboxError(bare.type, bare.reason, bare.status, { cause: bare });
  return new SandboxError('search_phase_execution_exception', 'all shards failed', 400, {
    metadata: { phase: 'query', grouped: true, failed_shards: [failure] },
    rootCauses: [bare],
    ...(isElasticsearchException ? {} : { cause: repeated }),
  });
}

/** An exception as it is nested in an answer with status 200: without root cause and status. */
export function nestedException(error: SandboxError): JsonObject {
  const { cause } = error.extras;
  return { ...summary(error), ...(cause ? { caused_by: nestedException(cause) } : {}) };
}

/** The body of an error answer. */
export function errorBody(error: SandboxError): JsonObject {
  const rootCauses = error.extras.rootCauses ?? [rootCause(error)];
  return { error: { root_cause: rootCauses.map(summary), ...nestedException(error) }, status: error.status };
}

function rootCause(error: SandboxError): SandboxError {
  const { cause } = error.extras;
  if (!cause) return error;
  const descend = X_CONTENT_TYPES.has(error.type)
    ? X_CONTENT_TYPES.has(cause.type) || ELASTICSEARCH_TYPES.has(cause.type)
    : ELASTICSEARCH_TYPES.has(error.type) && ELASTICSEARCH_TYPES.has(cause.type);
  return descend ? rootCause(cause) : error;
}

function summary(error: SandboxError): JsonObject {
  const header: JsonObject = {};
  for (const [name, values] of Object.entries(error.extras.headers ?? {})) {
    header[name] = values.length === 1 ? values[0] : [...values];
  }
  return {
    type: error.type,
    reason: error.reason,
    ...error.extras.metadata,
    ...(Object.keys(header).length > 0 ? { header } : {}),
  };
}
