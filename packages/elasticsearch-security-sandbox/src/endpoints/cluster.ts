import { authorize, securityAction } from '../authorization.js';
import { authorizeSearch } from '../index-access.js';
import { searchDocuments } from '../documents/documents.js';
import { isJsonObject, JavaDouble, type JsonObject, type JsonValue } from '../json/json-value.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';

const SEARCH_PARAMETERS = [
  'q',
  'size',
  'from',
  'ignore_unavailable',
  'allow_no_indices',
  'expand_wildcards',
  'track_total_hits',
];

/** `GET /`. */
export function root(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.refuseUnconsumed();
  if (node.settings.securityEnabled) authorize(node, subject, { action: 'cluster:monitor/main' });
  return ok({
    name: 'node-0',
    cluster_name: node.clusterName,
    cluster_uuid: node.clusterUuid,
    version: {
      number: node.settings.version,
      build_flavor: 'default',
      build_type: 'docker',
      build_hash: 'latchkey-sandbox',
      build_date: '2026-01-01T00:00:00.000000000Z',
      build_snapshot: false,
      lucene_version: node.isNine ? '10.4.0' : '9.12.2',
      minimum_wire_compatibility_version: node.isNine ? '8.19.0' : '7.17.0',
      minimum_index_compatibility_version: node.isNine ? '8.0.0' : '7.0.0',
    },
    tagline: 'You Know, for Search',
  });
}

/** `GET /_cluster/health`. */
export function clusterHealth(request: SandboxRequest): Answer {
  const { node, subject, parameters } = request;
  for (const name of ['wait_for_status', 'timeout', 'master_timeout', 'level', 'local', 'wait_for_nodes'])
    parameters.get(name);
  request.refuseUnconsumed();
  if (node.settings.securityEnabled) authorize(node, subject, { action: 'cluster:monitor/health' });
  return ok({
    cluster_name: node.clusterName,
    status: 'green',
    timed_out: false,
    number_of_nodes: 1,
    number_of_data_nodes: 1,
    active_primary_shards: 1,
    active_shards: 1,
    relocating_shards: 0,
    initializing_shards: 0,
    unassigned_shards: 0,
    unassigned_primary_shards: 0,
    delayed_unassigned_shards: 0,
    number_of_pending_tasks: 0,
    number_of_in_flight_fetch: 0,
    task_max_waiting_in_queue_millis: 0,
    active_shards_percent_as_number: new JavaDouble(100),
  });
}

/** `POST /_security/api_key/{ids}/_clear_cache`; there is no cache, so there is nothing to clear. */
export function clearCache(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('cache/clear') });
  const nodes: JsonObject = { [node.id]: { name: 'node-0' } };
  return ok({ _nodes: { total: 1, successful: 1, failed: 0 }, cluster_name: node.clusterName, nodes });
}

/**
 * `GET|POST /{index}/_search`: every index a caller may read is there and, unless somebody made it, empty, so that a key
 * can be tried.
 */
export function search(request: SandboxRequest): Answer {
  const body = consumeSearch(request);
  const index = request.node.documents.find(request.pathParameter('index'));
  return ok({
    took: 0,
    timed_out: false,
    _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
    hits: index
      ? searchDocuments(index, isJsonObject(body) ? body : {})
      : { total: { value: 0, relation: 'eq' }, max_score: null, hits: [] },
  });
}

/** `GET|POST /{index}/_count`. */
export function count(request: SandboxRequest): Answer {
  consumeSearch(request);
  return ok({ count: 0, _shards: { total: 1, successful: 1, skipped: 0, failed: 0 } });
}

function consumeSearch(request: SandboxRequest): JsonValue {
  for (const name of SEARCH_PARAMETERS) request.parameters.get(name);
  const scanner = request.optionalBody();
  request.refuseUnconsumed();
  if (request.node.settings.securityEnabled) {
    authorizeSearch(request.node, request.subject, request.pathParameter('index').split(','));
  }
  if (!isMade(request) || scanner === undefined) return null;
  scanner.next();
  return scanner.readValue();
}

/** Bodies of searches elsewhere are not looked at. */
function isMade(request: SandboxRequest): boolean {
  return request.node.documents.find(request.pathParameter('index')) !== undefined;
}
