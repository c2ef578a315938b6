import { authorize, permissionLayers, securityAction } from '../authorization.js';
import {
  illegalArgument,
  nestedException,
  resourceNotFound,
  SandboxError,
  searchPhaseFailure,
  validationFailed,
} from '../errors.js';
import { jsonEqual, type JsonObject } from '../json/json-value.js';
import {
  building,
  objectField,
  parseBody,
  requireFields,
  stringField,
  stringListField,
  type Field,
} from '../json/object-parser.js';
import type { SandboxNode } from '../node.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { roleDescriptorsField } from '../roles/parse-role.js';
import { rolesToJson, type RoleDescriptors } from '../roles/role-descriptor.js';
import { rolesErrors } from '../roles/validate-roles.js';
import type { Owner } from '../owner.js';
import type { Subject } from '../subject.js';
import { expirationTime, parseTimeValue, type TimeValue } from '../time-values.js';
import { isExpired, type ApiKey } from './api-key.js';
import { ownerOf } from './create.js';
import { checkIndexable, checkRestrictions, metadataErrors } from './key-rules.js';

interface UpdateBody {
  ids?: string[];
  roles?: RoleDescriptors;
  metadata?: JsonObject;
  expiration?: string;
}

/** What an update changes; absent parts stay. */
export interface KeyChanges {
  readonly roles?: RoleDescriptors | undefined;
  readonly metadata?: JsonObject | undefined;
  readonly expiration?: TimeValue | undefined;
  /** `null` clears it. */
  readonly certificateIdentity?: string | null | undefined;
}

const SINGLE = 'update_api_key_request_payload';
const BULK = 'bulk_update_api_key_request';

/** `PUT /_security/api_key/{id}`. */
export function updateApiKey(request: SandboxRequest): Answer {
  const { node } = request;
  const scanner = request.optionalBody();
  const body = scanner ? parseBody(scanner, SINGLE, updateFields(node.isNine), {}) : {};
  const changes = toChanges(SINGLE, body);
  request.refuseUnconsumed();
  refuseInvalid(changeErrors(changes, node.isNine));
  authorize(node, request.subject, { action: securityAction('api_key/update'), isOwn: true });
  refuseKeyCaller(request.subject);
  return ok({
    updated: applyUpdate(node, request.subject, { id: request.pathParameter('id'), type: 'rest', changes }),
  });
}

/** `POST /_security/api_key/_bulk_update`. */
export function bulkUpdateApiKeys(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const fields = updateFields(node.isNine);
  fields.set(
    'ids',
    stringListField((target: UpdateBody, value) => void (target.ids = value)),
  );
  const body = parseBody(request.requiredBody(), BULK, fields, {});
  if (!body.ids) requireFields(['ids']);
  const changes = toChanges(BULK, body);
  request.refuseUnconsumed();
  const ids = [...new Set(body.ids)];
  refuseInvalid([...changeErrors(changes, node.isNine), ...(ids.length === 0 ? ['Field [ids] cannot be empty'] : [])]);
  authorize(node, subject, { action: securityAction('api_key/bulk_update'), isOwn: true });
  refuseKeyCaller(subject);
  refuseEmptyIds(node, ids);
  return ok(updateAll(node, subject, ids, changes));
}

/** What is wrong with the changes of an update. */
export function changeErrors(changes: KeyChanges, isNine: boolean): string[] {
  return [
    ...metadataErrors(changes.metadata),
    ...rolesErrors(changes.roles?.values() ?? [], isNine),
    ...(changes.expiration && !changes.expiration.isPositive ? ['API key expiration must be in the future'] : []),
  ];
}

/** Refuses a request with errors. */
export function refuseInvalid(errors: readonly string[]): void {
  if (errors.length > 0) throw validationFailed(errors);
}

/** Refuses a caller that is itself a key. */
export function refuseKeyCaller(subject: Subject): void {
  if (subject.apiKey)
    throw illegalArgument('authentication via API key not supported: only the owner user can update an API key');
}

/** Updates a key of the caller; false when that changes nothing. */
export function applyUpdate(
  node: SandboxNode,
  subject: Subject,
  update: { id: string; type: ApiKey['type']; changes: KeyChanges },
): boolean {
  const { id, type, changes } = update;
  const key = node.keys.get(id);
  if (!key || !isOwnedBy(key, subject))
    throw resourceNotFound(`no API key owned by requesting user found for ID [${id}]`);
  if (key.invalidation !== undefined) throw illegalArgument(`cannot update invalidated API key [${id}]`);
  if (isExpired(key, node.now())) throw illegalArgument(`cannot update expired API key [${id}]`);
  if (key.type !== type)
    throw illegalArgument(`cannot update API key of type [${key.type}] while expected type is [${type}]`);
  if (changes.roles) checkRestrictions(changes.roles);
  const next = {
    owner: ownerOf(subject),
    roles: changes.roles ?? key.roles,
    limitedBy: type === 'rest' ? (permissionLayers(node, subject)[0] ?? new Map()) : key.limitedBy,
    metadata: changes.metadata ?? key.metadata,
    certificateIdentity:
      changes.certificateIdentity === undefined ? key.certificateIdentity : (changes.certificateIdentity ?? undefined),
    expiration: changes.expiration ? expirationTime(node.now(), changes.expiration) : key.expiration,
  };
  if (!changes.expiration && isSame(key, next)) return false;
  refuseUnindexable(next.metadata, id);
  Object.assign(key, next);
  return true;
}

function updateFields(isNine: boolean): Map<string, Field<UpdateBody>> {
  return new Map([
    ['role_descriptors', roleDescriptorsField<UpdateBody>(isNine, (target, value) => void (target.roles = value))],
    ['metadata', objectField((target: UpdateBody, value) => void (target.metadata = value))],
    ['expiration', stringField((target: UpdateBody, value) => void (target.expiration = value))],
  ]);
}

function toChanges(parser: string, { roles, metadata, expiration }: UpdateBody): KeyChanges {
  return {
    roles,
    metadata,
    expiration: expiration === undefined ? undefined : building(parser, () => parseTimeValue(expiration)),
  };
}

function updateAll(node: SandboxNode, subject: Subject, ids: readonly string[], changes: KeyChanges): JsonObject {
  const updated: string[] = [];
  const noops: string[] = [];
  const details: JsonObject = {};
  for (const id of ids) {
    try {
      (applyUpdate(node, subject, { id, type: 'rest', changes }) ? updated : noops).push(id);
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      details[id] = nestedException(error);
    }
  }
  const count = Object.keys(details).length;
  return { updated, noops, errors: count > 0 ? { count, details } : undefined };
}

function isOwnedBy(key: ApiKey, subject: Subject): boolean {
  return key.owner.username === subject.username && key.owner.realm.name === subject.realm.name;
}

function isSame(
  key: ApiKey,
  next: Pick<ApiKey, 'owner' | 'roles' | 'limitedBy' | 'metadata' | 'certificateIdentity'>,
): boolean {
  return (
    jsonEqual(ownerJson(key.owner), ownerJson(next.owner)) &&
    jsonEqual(key.metadata, next.metadata) &&
    jsonEqual(rolesToJson(key.roles), rolesToJson(next.roles)) &&
    jsonEqual(rolesToJson(key.limitedBy), rolesToJson(next.limitedBy)) &&
    key.certificateIdentity === next.certificateIdentity
  );
}

function ownerJson({ username, fullName, email, metadata, realm }: Owner): JsonObject {
  return { username, fullName, email, metadata, realm: realm.name };
}

// Unlike a create, an update reports what the index refuses as a failure of its own.
function refuseUnindexable(metadata: JsonObject | null, id: string): void {
  try {
    checkIndexable(metadata, id);
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    throw new SandboxError('exception', 'bulk request execution failure', 500, { cause: error });
  }
}

function refuseEmptyIds(node: SandboxNode, ids: readonly string[]): void {
  if (!ids.includes('')) return;
  const reason = "Ids can't be empty";
  const cause = new SandboxError('query_shard_exception', `failed to create query: ${reason}`, 400, {
    metadata: { index_uuid: node.securityIndexUuid, index: '.security-7' },
    cause: illegalArgument(reason),
  });
  throw searchPhaseFailure(cause, node.id);
}
