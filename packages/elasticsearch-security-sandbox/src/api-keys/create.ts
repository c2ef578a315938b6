import { authorize, permissionLayers, securityAction } from '../authorization.js';
import { validationFailed } from '../errors.js';
import type { JsonScanner } from '../json/json-scanner.js';
import type { JsonObject } from '../json/json-value.js';
import {
  building,
  objectField,
  parseObject,
  requireFields,
  startBody,
  stringField,
  type Fields,
} from '../json/object-parser.js';
import type { SandboxNode } from '../node.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { roleDescriptorsField } from '../roles/parse-role.js';
import type { RoleDescriptors } from '../roles/role-descriptor.js';
import { rolesErrors } from '../roles/validate-roles.js';
import type { Owner } from '../owner.js';
import type { Subject } from '../subject.js';
import { expirationTime, parseTimeValue, type TimeValue } from '../time-values.js';
import type { ApiKey } from './api-key.js';
import { checkDerived, checkIndexable, checkRestrictions, metadataErrors, nameErrors } from './key-rules.js';
import { newApiKeyId, type NewApiKey } from './store.js';

/** The body of a create request, also within a grant. */
interface KeyRequest {
  name?: string;
  expiration?: string;
  metadata?: JsonObject;
  roles?: RoleDescriptors;
}

/** A create request whose parts make sense one by one. */
export interface ParsedKeyRequest {
  readonly name: string;
  readonly expiration: TimeValue | undefined;
  readonly metadata: JsonObject | null;
  readonly roles: RoleDescriptors;
}

const PARSER = 'api_key_request';

/** `POST|PUT /_security/api_key`. */
export function createApiKey(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.parameters.acceptRefresh();
  const scanner = request.requiredBody();
  startBody(scanner, PARSER);
  const parsed = parseKeyRequest(scanner, node.isNine);
  request.refuseUnconsumed();
  const errors = keyRequestErrors(parsed, node.isNine);
  if (errors.length > 0) throw validationFailed(errors);
  authorize(node, subject, { action: securityAction('api_key/create'), isOwn: true });
  if (subject.apiKey) checkDerived(parsed.roles);
  return makeKey(node, subject, parsed);
}

/** Reads the body of a create request at the current token. */
export function parseKeyRequest(scanner: JsonScanner, isNine: boolean): ParsedKeyRequest {
  const fields: Fields<KeyRequest> = new Map([
    ['name', stringField((target: KeyRequest, value) => void (target.name = value))],
    ['expiration', stringField((target: KeyRequest, value) => void (target.expiration = value))],
    ['metadata', objectField((target: KeyRequest, value) => void (target.metadata = value))],
    ['role_descriptors', roleDescriptorsField<KeyRequest>(isNine, (target, value) => void (target.roles = value))],
  ]);
  const body = parseObject(scanner, PARSER, fields, {});
  const { name, expiration } = body;
  if (name === undefined) requireFields(['name']);
  return {
    name: name ?? '',
    expiration: expiration === undefined ? undefined : building(PARSER, () => parseTimeValue(expiration)),
    metadata: body.metadata ?? null,
    roles: body.roles ?? new Map(),
  };
}

/** What is wrong with a create request. */
export function keyRequestErrors(request: ParsedKeyRequest, isNine: boolean): string[] {
  return [
    ...nameErrors(request.name, isNine),
    ...metadataErrors(request.metadata),
    ...rolesErrors(request.roles.values(), isNine),
  ];
}

/** Makes a REST key that belongs to a caller and is limited by its roles of this moment. */
export function makeKey(node: SandboxNode, owner: Subject, request: ParsedKeyRequest): Answer {
  checkRestrictions(request.roles);
  const now = node.now();
  const key = {
    name: request.name,
    type: 'rest' as const,
    creation: now,
    expiration: request.expiration ? expirationTime(now, request.expiration) : undefined,
    owner: ownerOf(owner),
    metadata: request.metadata,
    roles: request.roles,
    limitedBy: owner.apiKey ? new Map() : (permissionLayers(node, owner)[0] ?? new Map()),
    certificateIdentity: undefined,
  };
  return storeKey(node, key);
}

/** Stores a key and tells its secret. */
export function storeKey(node: SandboxNode, key: NewApiKey): Answer {
  const id = newApiKeyId();
  checkIndexable(key.metadata, id);
  const { key: stored, secret } = node.keys.add(key, id);
  return ok(createdJson(stored, secret));
}

/** Whom a key made by a caller belongs to. */
export function ownerOf({ username, fullName, email, metadata, realm }: Subject): Owner {
  return { username, fullName, email, metadata, realm };
}

function createdJson(key: ApiKey, secret: string): JsonObject {
  return {
    id: key.id,
    name: key.name,
    expiration: key.expiration,
    api_key: secret,
    encoded: Buffer.from(`${key.id}:${secret}`).toString('base64'),
  };
}
