import { safeText } from '../redaction/safe-text.js';
import { ServiceError } from '../errors/service-error.js';
import { CHALLENGES } from '../identity/caller-credential.js';
import { stringAt } from '../json/json-record.js';
import type { ElasticsearchRefusal } from './elasticsearch-refusal.js';
import { SecretRefused } from './secret-refused.js';

/** Types whose innermost reason speaks of the caller's own input and may be passed on. */
const INPUT_ERROR_TYPES = new Set([
  'illegal_argument_exception',
  'parse_exception',
  'x_content_parse_exception',
  'parsing_exception',
  'action_request_validation_exception',
  'validation_exception',
  'number_format_exception',
  'document_parsing_exception',
  'pattern_syntax_exception',
  'query_shard_exception',
]);

const RETRY_AFTER_S = '1';

/**
 * Turns an error answer of Elasticsearch into ours. No text of Elasticsearch passes but reasons about the caller's
 * input.
 */
export function refusalToServiceError(refusal: ElasticsearchRefusal): ServiceError {
  switch (refusal.status) {
    case 400:
      return badRequest(refusal);
    case 401:
      return unauthenticated(refusal);
    case 403:
      return forbidden(refusal);
    case 404:
      return new ServiceError('key.not-found', 'Elasticsearch knows no such key that this caller may use.');
    case 410:
      return new ServiceError(
        'feature.not-available',
        'This cluster is Elasticsearch Serverless, which does not offer the endpoint that is needed.',
      );
    case 405:
      return new ServiceError(
        'feature.not-available',
        'This Elasticsearch does not offer the endpoint that is needed.',
      );
    case 429:
      return new ServiceError('upstream.busy', 'Elasticsearch refused the request because it is overloaded.', {
        headers: { 'retry-after': retryAfter(refusal) },
      });
    case 503:
      return new ServiceError('upstream.unavailable', 'Elasticsearch answered that it is not available.', {
        headers: { 'retry-after': retryAfter(refusal) },
      });
    case 504:
      return new ServiceError('upstream.timeout', 'A gateway before Elasticsearch gave up waiting for it.');
    default:
      return new ServiceError(
        'upstream.invalid',
        `Elasticsearch answered with status ${refusal.status}, which cannot be used.`,
      );
  }
}

/** What Elasticsearch calls the feature that cross-cluster keys belong to. */
const CROSS_CLUSTER_FEATURE = 'advanced-remote-cluster-security';

function badRequest(refusal: ElasticsearchRefusal): ServiceError {
  if (refusal.type === 'feature_not_enabled_exception' && refusal.details['disabled.feature'] === 'api_keys') {
    return new ServiceError('feature.api-keys-disabled', 'API keys are switched off in this Elasticsearch.');
  }
  if (refusal.reason.startsWith('no handler found') && refusal.reason.includes('/cross_cluster/')) {
    return new ServiceError(
      'feature.not-available',
      'This Elasticsearch has no cross-cluster API keys: they came with 8.10 and are not offered on Serverless.',
    );
  }
  if (refusal.reason.includes('unknown field [certificate_identity]')) {
    return new ServiceError(
      'feature.not-available',
      'certificate_identity needs Elasticsearch 9.3 or later on the cluster that makes the key.',
      {
        members: {
          errors: [
            { pointer: '/certificate_identity', code: 'version.too-old', detail: 'needs Elasticsearch 9.3 or later' },
          ],
        },
      },
    );
  }
  if (refusal.reason.startsWith('no handler found')) {
    return new ServiceError(
      'feature.security-disabled',
      'This Elasticsearch has no security API: security is switched off.',
    );
  }
  const { type, reason } = refusal.cause;
  if (/derived api keys|authentication via API key not supported|using cloud api keys/.test(reason)) {
    return new ServiceError('caller.is-api-key', apiKeyCallerText(reason));
  }
  const text = INPUT_ERROR_TYPES.has(type)
    ? safeText(reason.replace(/^Validation Failed: 1: |;$/g, ''))
    : 'Elasticsearch refused the request as malformed.';
  return new ServiceError('request.invalid', `Elasticsearch refused the request: ${text}`, {
    members: { errors: [{ pointer: pointerOf(refusal, reason), code: 'elasticsearch.refused', detail: text }] },
  });
}

function apiKeyCallerText(reason: string): string {
  if (reason.includes('derived')) {
    return (
      'The caller is an API key. A key made by a key must have role_descriptors that are all empty, such as ' +
      '{"none": {}}: it can authenticate and do nothing else.'
    );
  }
  if (reason.includes('cross-cluster'))
    return 'The caller is an API key, and an API key cannot create a cross-cluster API key. Call as a user.';
  if (reason.includes('cloud'))
    return 'The caller is an Elastic Cloud API key, which cannot create Elasticsearch API keys.';
  return 'The caller is an API key, and an API key cannot update keys: only the owner user can.';
}

/** The field of Elasticsearch's own body that a parse or validation text names; the whole body when it names none. */
function pointerOf(refusal: ElasticsearchRefusal, cause: string): string {
  const field =
    /failed to parse field \[(role_descriptors|metadata|access|expiration|name|certificate_identity)\]/.exec(
      refusal.reason,
    )?.[1];
  if (field !== undefined) return `/${field}`;
  if (/expiration/i.test(cause)) return '/expiration';
  // A text about privileges lists all of them, view_index_metadata too.
  if (/metadata/i.test(cause) && !/privilege|role descriptor/i.test(cause)) return '/metadata';
  if (/api key name/i.test(cause)) return '/name';
  if (/privilege|role|restriction|workflow/i.test(cause)) return '/role_descriptors';
  if (/certificate_identity/.test(cause)) return '/certificate_identity';
  if (/access|\[search\]|\[replication\]/.test(cause)) return '/access';
  return '';
}

function unauthenticated(refusal: ElasticsearchRefusal): ServiceError {
  const detail = `${stringAt(refusal.details, 'additional_unsuccessful_credentials') ?? ''} ${refusal.reason}`;
  return new ServiceError('auth.invalid', unauthenticatedText(detail), { headers: { 'www-authenticate': CHALLENGES } });
}

function unauthenticatedText(detail: string): string {
  if (detail.includes('api key is expired')) return 'The API key has expired.';
  if (detail.includes('has been invalidated')) return 'The API key has been invalidated.';
  if (detail.includes('but API key') && detail.includes('cross_cluster'))
    return 'A cross-cluster API key cannot be used for REST calls.';
  if (detail.includes('token expired')) return 'The token has expired.';
  return 'Elasticsearch does not accept this credential.';
}

function forbidden(refusal: ElasticsearchRefusal): ServiceError {
  if (refusal.details['license.expired.feature'] === CROSS_CLUSTER_FEATURE) {
    return new ServiceError(
      'license.insufficient',
      'Cross-cluster keys need an active Enterprise or trial license on this cluster, says Elasticsearch.',
      { members: { required_license: ['enterprise', 'trial'] } },
    );
  }
  if (refusal.reason === 'Failed to clone API key') return new SecretRefused();
  if (refusal.cause.type === 'role_restriction_exception') {
    return new ServiceError(
      'privilege.missing',
      'The API key is restricted to a workflow and cannot be used for anything else, Latchkey included.',
      { members: { required_privileges: [] } },
    );
  }
  const needed = /granted by the cluster privileges \[([a-z_,]+)\]/.exec(refusal.reason)?.[1]?.split(',');
  return new ServiceError('privilege.missing', 'Elasticsearch does not allow this caller to do that.', {
    members: { ...(needed && { required_privileges: needed }) },
  });
}

function retryAfter(refusal: ElasticsearchRefusal): string {
  const value = refusal.headers['retry-after'];
  return typeof value === 'string' && /^\d{1,4}$/.test(value) ? value : RETRY_AFTER_S;
}
