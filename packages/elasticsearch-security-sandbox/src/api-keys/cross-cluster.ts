import { authorize, securityAction } from '../authorization.js';
import { illegalArgument } from '../errors.js';
import type { JsonObject } from '../json/json-value.js';
import { building, objectField, parseBody, requireFields, stringField, type Field } from '../json/object-parser.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { expirationTime, parseTimeValue } from '../time-values.js';
import { ownerOf, storeKey } from './create.js';
import { accessField, accessRoles, readCertificateIdentity, type Access } from './cross-cluster-access.js';
import { metadataErrors, nameErrors } from './key-rules.js';
import { applyUpdate, changeErrors, refuseInvalid, refuseKeyCaller } from './update.js';

interface CrossClusterBody {
  name?: string;
  access?: Access;
  expiration?: string;
  metadata?: JsonObject;
  certificateIdentity?: string | null;
}

const CREATE = 'cross_cluster_api_key_request';
const UPDATE = 'update_cross_cluster_api_key_request_payload';

/** `POST /_security/cross_cluster/api_key`. */
export function createCrossClusterApiKey(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const fields = commonFields(node.isNine, false);
  fields.set(
    'name',
    stringField((target: CrossClusterBody, value) => void (target.name = value)),
  );
  const body = parseBody(request.requiredBody(), CREATE, fields, {});
  const { name, access, expiration } = body;
  requireFields([...(name === undefined ? ['name'] : []), ...(access === undefined ? ['access'] : [])]);
  const { roles, lifetime } = building(CREATE, () => ({
    lifetime: expiration === undefined ? undefined : parseTimeValue(expiration),
    roles: accessRoles(access ?? { search: [], replication: [] }),
  }));
  request.refuseUnconsumed();
  refuseInvalid([...nameErrors(name, node.isNine), ...metadataErrors(body.metadata)]);
  authorize(node, subject, { action: securityAction('cross_cluster/api_key/create') });
  if (subject.apiKey) {
    throw illegalArgument(
      'authentication via API key not supported: An API key cannot be used to create a cross-cluster API key',
    );
  }
  const now = node.now();
  return storeKey(node, {
    name: name ?? '',
    type: 'cross_cluster',
    creation: now,
    expiration: lifetime ? expirationTime(now, lifetime) : undefined,
    owner: ownerOf(subject),
    metadata: body.metadata ?? null,
    roles,
    limitedBy: new Map(),
    certificateIdentity: body.certificateIdentity ?? undefined,
  });
}

/** `PUT /_security/cross_cluster/api_key/{id}`. */
export function updateCrossClusterApiKey(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const body = parseBody(request.requiredBody(), UPDATE, commonFields(node.isNine, true), {});
  const { access, metadata, expiration, certificateIdentity } = body;
  const lifetime = expiration === undefined ? undefined : building(UPDATE, () => parseTimeValue(expiration));
  const roles = access ? accessRoles(access) : undefined;
  request.refuseUnconsumed();
  const changes = { roles, metadata, expiration: lifetime, certificateIdentity };
  const isEmpty = !access && !metadata && certificateIdentity === undefined;
  refuseInvalid([
    ...changeErrors({ ...changes, roles: undefined }, node.isNine),
    ...(isEmpty ? [emptyUpdate(node.isNine)] : []),
  ]);
  authorize(node, subject, { action: securityAction('cross_cluster/api_key/update') });
  refuseKeyCaller(subject);
  return ok({
    updated: applyUpdate(node, subject, { id: request.pathParameter('id'), type: 'cross_cluster', changes }),
  });
}

function emptyUpdate(isNine: boolean): string {
  return isNine
    ? 'must update [access], [metadata], or [certificate_identity] for cross-cluster API keys'
    : 'must update either [access] or [metadata] for cross-cluster API keys';
}

function commonFields(isNine: boolean, isUpdate: boolean): Map<string, Field<CrossClusterBody>> {
  const fields = new Map<string, Field<CrossClusterBody>>([
    ['access', accessField<CrossClusterBody>((target, value) => void (target.access = value))],
    ['expiration', stringField((target, value) => void (target.expiration = value))],
    ['metadata', objectField((target, value) => void (target.metadata = value))],
  ]);
  if (isNine) {
    fields.set('certificate_identity', {
      tokens: isUpdate ? ['VALUE_STRING', 'VALUE_NULL'] : ['VALUE_STRING'],
      read: (scanner, target) => {
        target.certificateIdentity = scanner.token === 'VALUE_NULL' ? null : readCertificateIdentity(scanner);
      },
    });
  }
  return fields;
}
