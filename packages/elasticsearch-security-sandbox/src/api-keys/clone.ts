import { authorize, securityAction } from '../authorization.js';
import { SandboxError } from '../errors.js';
import { emptyObject, type JsonObject } from '../json/json-value.js';
import { objectField, parseBody, stringField, type Field, type Fields } from '../json/object-parser.js';
import type { SandboxNode } from '../node.js';
import type { Answer, SandboxRequest } from '../request.js';
import { expirationTime, parseTimeValue, type TimeValue } from '../time-values.js';
import type { ApiKey } from './api-key.js';
import { storeKey } from './create.js';
import {
  checkCredentials,
  decodeCredentials,
  decodingProblem,
  isRefusal,
  type ApiKeyCredentials,
} from './credentials.js';
import { metadataErrors, nameErrors } from './key-rules.js';
import { refuseInvalid } from './update.js';

interface CloneBody {
  credential?: string;
  name?: string;
  metadata?: JsonObject;
  /** `null` stands for never, absent for that of the source. */
  expiration?: TimeValue | null;
}

// Here the value is read with the field, so a bad one has a place.
const EXPIRATION: Field<CloneBody> = {
  tokens: ['VALUE_STRING', 'VALUE_NULL'],
  read: (scanner, target) => {
    target.expiration = scanner.token === 'VALUE_NULL' ? null : parseTimeValue(scanner.text());
  },
};

const FIELDS: Fields<CloneBody> = new Map([
  ['api_key', stringField((target: CloneBody, value) => void (target.credential = value))],
  ['name', stringField((target: CloneBody, value) => void (target.name = value))],
  ['metadata', objectField((target: CloneBody, value) => void (target.metadata = value))],
  ['expiration', EXPIRATION],
]);

/** `POST|PUT /_security/api_key/clone`, which only 9.x has. */
export function cloneApiKey(request: SandboxRequest): Answer {
  const { node } = request;
  request.parameters.acceptRefresh();
  const body = parseBody(request.requiredBody(), 'clone_api_key_request', FIELDS, {});
  request.refuseUnconsumed();
  refuseInvalid([
    ...(body.credential ? [] : ['api key credential is required']),
    ...nameErrors(body.name, node.isNine),
    ...metadataErrors(body.metadata),
  ]);
  authorize(node, request.subject, { action: securityAction('api_key/clone') });
  const source = findSource(node, decode(body.credential ?? ''));
  const now = node.now();
  return storeKey(node, {
    name: body.name ?? '',
    type: 'rest',
    creation: now,
    expiration: expirationOf(now, source, body.expiration),
    owner: source.owner,
    metadata: Object.assign(emptyObject(), body.metadata ?? source.metadata, { _cloned_from: source.id }),
    roles: source.roles,
    limitedBy: source.limitedBy,
    certificateIdentity: undefined,
  });
}

function expirationOf(now: number, source: ApiKey, asked: TimeValue | null | undefined): bigint | undefined {
  if (asked === undefined) return source.expiration;
  return asked === null ? undefined : expirationTime(now, asked);
}

function decode(credential: string): ApiKeyCredentials {
  try {
    return decodeCredentials(credential);
  } catch (error) {
    const cause = decodingProblem(error);
    throw new SandboxError('status_exception', `invalid API key credential: ${cause.reason}`, 400, { cause });
  }
}

function findSource(node: SandboxNode, credentials: ApiKeyCredentials): ApiKey {
  const source = checkCredentials(node, credentials);
  if (!isRefusal(source)) return source;
  throw new SandboxError('security_exception', 'Failed to clone API key', 403, {
    cause: new SandboxError('security_exception', source.reason, 401),
  });
}
