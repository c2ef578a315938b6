import { authorizeIndex } from '../index-access.js';
import { illegalArgument, SandboxError } from '../errors.js';
import { isJsonObject, JsonNumber, type JsonObject, type JsonValue } from '../json/json-value.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { matching, sorted, sortValues } from './document-query.js';
import type { StoredDocument, StoredIndex } from './document-store.js';

const PRIMARY_TERM = 1;
const DEFAULT_SIZE = 10;
const SHARDS = { total: 1, successful: 1, failed: 0 };

/** `PUT /{index}`. */
export function createIndex(request: SandboxRequest): Answer {
  const name = request.pathParameter('index');
  const settings = objectBody(request);
  request.refuseUnconsumed();
  authorizeIndex(request, 'indices:admin/create', name);
  if (request.node.documents.create(name, settings) === undefined) {
    throw new SandboxError('resource_already_exists_exception', `index [${name}] already exists`, 400);
  }
  return ok({ acknowledged: true, shards_acknowledged: true, index: name });
}

/** `DELETE /{index}`. */
export function deleteIndex(request: SandboxRequest): Answer {
  const name = request.pathParameter('index');
  request.refuseUnconsumed();
  authorizeIndex(request, 'indices:admin/delete', name);
  if (!request.node.documents.remove(name)) throw noSuchIndex(name);
  return ok({ acknowledged: true });
}

/** `PUT|POST /{index}/_create/{id}`. */
export function createDocument(request: SandboxRequest): Answer {
  const { index, id, source } = writeOf(request);
  const present = index.get(id);
  if (present !== undefined) {
    throw conflict(id, `document already exists (current version [${present.version}])`);
  }
  return { status: 201, body: written(index, index.put(id, source), 'created') };
}

/** `PUT|POST /{index}/_doc/{id}`. */
export function putDocument(request: SandboxRequest): Answer {
  const { index, id, source, check } = writeOf(request);
  const present = index.get(id);
  check(present);
  const document = index.put(id, source);
  return present === undefined
    ? { status: 201, body: written(index, document, 'created') }
    : ok(written(index, document, 'updated'));
}

/** `GET /{index}/_doc/{id}`. */
export function getDocument(request: SandboxRequest): Answer {
  const name = request.pathParameter('index');
  request.refuseUnconsumed();
  authorizeIndex(request, 'indices:data/read/get', name);
  const index = request.node.documents.find(name);
  if (index === undefined) throw noSuchIndex(name);
  const id = request.pathParameter('id');
  const document = index.get(id);
  if (document === undefined) return { status: 404, body: { _index: index.name, _id: id, found: false } };
  return ok({ ...headOf(index, document), found: true, _source: document.source });
}

/** `DELETE /{index}/_doc/{id}`. */
export function deleteDocument(request: SandboxRequest): Answer {
  const name = request.pathParameter('index');
  const id = request.pathParameter('id');
  const check = versionCheck(request, id);
  request.refuseUnconsumed();
  authorizeIndex(request, 'indices:data/write/delete', name);
  const index = request.node.documents.find(name);
  if (index === undefined) throw noSuchIndex(name);
  check(index.get(id));
  const removed = index.remove(id);
  if (removed === undefined) return { status: 404, body: { _index: index.name, _id: id, result: 'not_found' } };
  return ok(written(index, removed, 'deleted'));
}

/** The hits of a search in an index that somebody made. */
export function searchDocuments(index: StoredIndex, body: JsonObject): JsonObject {
  const found = matching(index.all(), body['query']);
  const fields = Array.isArray(body['sort']) ? body['sort'].filter(isJsonObject).flatMap(Object.keys) : [];
  const page = sorted(found, body['sort'] ?? null, body['search_after'] ?? null).slice(0, sizeOf(body));
  return {
    total: { value: found.length, relation: 'eq' },
    max_score: null,
    hits: page.map((document) => ({
      ...headOf(index, document),
      _score: null,
      _source: document.source,
      ...(fields.length > 0 && { sort: sortValues(document, fields) }),
    })),
  };
}

function writeOf(request: SandboxRequest): {
  index: StoredIndex;
  id: string;
  source: JsonObject;
  check: (present: StoredDocument | undefined) => void;
} {
  const { parameters, node } = request;
  const name = request.pathParameter('index');
  const id = request.pathParameter('id');
  const requireAlias = parameters.flag('require_alias');
  parameters.acceptRefresh();
  const check = versionCheck(request, id);
  const source = objectBody(request);
  request.refuseUnconsumed();
  authorizeIndex(request, 'indices:data/write/index', name);
  const index = requireAlias
    ? node.documents.ofAlias(name)
    : (node.documents.find(name) ?? node.documents.create(name, {}));
  if (index === undefined)
    throw noSuchIndex(name, ` and [require_alias] request flag is [true] and [${name}] is not an alias`);
  const unknown = index.unknownField(source);
  if (unknown !== undefined) {
    throw new SandboxError(
      'strict_dynamic_mapping_exception',
      `[1:2] mapping set to strict, dynamic introduction of [${unknown}] within [_doc] is not allowed`,
      400,
    );
  }
  return { index, id, source, check };
}

function versionCheck(request: SandboxRequest, id: string): (present: StoredDocument | undefined) => void {
  const seqNo = request.parameters.get('if_seq_no');
  const term = request.parameters.get('if_primary_term');
  if (seqNo === undefined && term === undefined) return () => undefined;
  return (present) => {
    if (present !== undefined && String(present.seqNo) === seqNo && String(PRIMARY_TERM) === term) return;
    const wanted = `required seqNo [${seqNo}], primary term [${term}]`;
    throw conflict(
      id,
      present === undefined
        ? `${wanted}. but no document was found`
        : `${wanted}. current document has seqNo [${present.seqNo}] and primary term [${PRIMARY_TERM}]`,
    );
  };
}

function objectBody(request: SandboxRequest): JsonObject {
  const scanner = request.optionalBody();
  if (scanner === undefined) return {};
  scanner.next();
  const body = scanner.readValue();
  if (!isJsonObject(body)) throw illegalArgument('the body must be an object');
  return body;
}

function sizeOf({ size }: JsonObject): number {
  return size instanceof JsonNumber ? size.toNumber() : DEFAULT_SIZE;
}

function headOf(index: StoredIndex, { id, version, seqNo }: StoredDocument): JsonObject {
  return { _index: index.name, _id: id, _version: version, _seq_no: seqNo, _primary_term: PRIMARY_TERM };
}

function written(index: StoredIndex, document: StoredDocument, result: JsonValue): JsonObject {
  const { _index, _id, _version, ...sequence } = headOf(index, document);
  return { _index, _id, _version, result, _shards: SHARDS, ...sequence };
}

function conflict(id: string, reason: string): SandboxError {
  return new SandboxError('version_conflict_engine_exception', `[${id}]: version conflict, ${reason}`, 409);
}

function noSuchIndex(name: string, more = ''): SandboxError {
  return new SandboxError('index_not_found_exception', `no such index [${name}]${more}`, 404);
}
