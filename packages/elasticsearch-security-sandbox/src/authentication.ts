import { API_KEY_REALM, type ApiKey } from './api-keys/api-key.js';
import {
  checkCredentials,
  decodeBase64,
  decodeCredentials,
  decodingProblem,
  isRefusal,
} from './api-keys/credentials.js';
import { SandboxError } from './errors.js';
import type { JsonObject } from './json/json-value.js';
import type { SandboxNode } from './node.js';
import type { Realm } from './owner.js';
import type { Subject } from './subject.js';
import { digest, sameDigest, type User } from './users-and-roles.js';
import { SERVICE_ACCOUNTS } from './tokens/service-accounts.js';

const SERVICE_REALM: Realm = { name: '_service_account', type: '_service_account' };
const KEY_REALM: Realm = { name: API_KEY_REALM, type: API_KEY_REALM };
const REFUSED = 'unable to authenticate with provided credentials and anonymous access is not allowed for this request';
const TOKEN_EXPIRED = 'Bearer realm="security", error="invalid_token", error_description="The access token expired"';

/** A refusal of credentials. */
export function unauthorized(
  node: SandboxNode,
  reason: string,
  extras: { metadata?: JsonObject; cause?: SandboxError } = {},
): SandboxError {
  const challenges = [
    'Basic realm="security", charset="UTF-8"',
    ...(node.settings.tokensEnabled ? ['Bearer realm="security"'] : []),
    ...(node.settings.apiKeysEnabled ? ['ApiKey'] : []),
  ];
  return new SandboxError('security_exception', reason, 401, {
    ...extras,
    headers: { 'WWW-Authenticate': challenges },
  });
}

/** Finds out who calls from the header `Authorization`; `target` is named in refusals. */
export function authenticate(node: SandboxNode, authorization: string | undefined, target: string): Subject {
  const header = authorization ?? '';
  const separator = header.indexOf(' ');
  const scheme = (separator < 0 ? header : header.slice(0, separator)).toLowerCase();
  const value = separator < 0 ? '' : header.slice(separator + 1);
  if (value.trim() !== '') {
    if (scheme === 'basic') return authenticateBasic(node, value, target);
    if (scheme === 'bearer') return authenticateBearer(node, value);
    if (scheme === 'apikey' && node.settings.apiKeysEnabled) return authenticateApiKey(node, value);
  }
  throw unauthorized(node, `missing authentication credentials for ${target}`);
}

/** Checks a name and a password. */
export function authenticatePassword(node: SandboxNode, username: string, password: string, target: string): Subject {
  const user = node.users.verify(username, password);
  if (!user) throw unauthorized(node, `unable to authenticate user [${username}] for ${target}`);
  return userSubject(user);
}

/** Checks an access token that was handed over in a body. */
export function authenticateAccessToken(node: SandboxNode, token: string, target: string): Subject {
  const found = node.tokens.find(token);
  if (!found || !node.settings.tokensEnabled) {
    throw unauthorized(node, `unable to authenticate user [_bearer_token] for ${target}`, {
      metadata: { additional_unsuccessful_credentials: 'oauth2 token: invalid token' },
    });
  }
  return authenticateBearer(node, token);
}

/** The caller a user is when it comes by itself or somebody runs as it. */
export function userSubject(user: User): Subject {
  return {
    username: user.username,
    fullName: user.fullName,
    email: user.email,
    metadata: user.metadata,
    realm: user.realm,
    authenticationType: 'realm',
    authenticationRealm: user.realm,
    assignedRoles: user.roles,
    apiKey: undefined,
    token: undefined,
    serviceRoles: undefined,
    runAsBy: undefined,
    refusedRunAs: undefined,
  };
}

/** The caller an API key is. */
function apiKeySubject(key: ApiKey): Subject {
  return {
    username: key.owner.username,
    fullName: key.owner.fullName,
    email: key.owner.email,
    metadata: key.owner.metadata,
    realm: KEY_REALM,
    authenticationType: 'api_key',
    authenticationRealm: KEY_REALM,
    assignedRoles: [],
    apiKey: key,
    token: undefined,
    serviceRoles: undefined,
    runAsBy: undefined,
    refusedRunAs: undefined,
  };
}

function authenticateBasic(node: SandboxNode, value: string, target: string): Subject {
  let decoded: string;
  try {
    decoded = decodeBase64(value.trim()).toString('utf8');
  } catch (error) {
    throw unauthorized(node, 'invalid basic authentication header encoding', { cause: decodingProblem(error) });
  }
  const separator = decoded.indexOf(':');
  if (separator < 0) throw unauthorized(node, 'invalid basic authentication header value');
  return authenticatePassword(node, decoded.slice(0, separator), decoded.slice(separator + 1), target);
}

function authenticateApiKey(node: SandboxNode, value: string): Subject {
  const refuse = (reason: string): SandboxError =>
    unauthorized(node, REFUSED, { metadata: { additional_unsuccessful_credentials: `API key: ${reason}` } });
  let credentials;
  try {
    credentials = decodeCredentials(value);
  } catch (error) {
    throw refuse(decodingProblem(error).reason);
  }
  const result = checkCredentials(node, credentials);
  if (!isRefusal(result)) return apiKeySubject(result);
  throw result.isWrongType ? unauthorized(node, result.reason) : refuse(result.reason);
}

function authenticateBearer(node: SandboxNode, value: string): Subject {
  const serviceSubject = authenticateServiceToken(node, value);
  if (serviceSubject) return serviceSubject;
  const token = node.settings.tokensEnabled ? node.tokens.find(value) : undefined;
  if (!token) {
    throw unauthorized(node, REFUSED, {
      metadata: { additional_unsuccessful_credentials: 'oauth2 token: invalid token' },
    });
  }
  if (!node.tokens.isLive(token)) {
    throw new SandboxError('security_exception', 'token expired', 401, {
      headers: { 'WWW-Authenticate': [TOKEN_EXPIRED] },
    });
  }
  return { ...token.subject, authenticationType: 'token', token: {} };
}

function authenticateServiceToken(node: SandboxNode, value: string): Subject | undefined {
  const bytes = Buffer.from(value, 'base64url');
  if (bytes.length < 5 || bytes.readUInt32BE(0) !== 0x00010001) return undefined;
  const match = /^([^/]+\/[^/]+)\/([^/:]+):(.*)$/s.exec(bytes.subarray(4).toString('utf8'));
  if (!match) return undefined;
  const [, account = '', name = '', secret = ''] = match;
  const token = node.tokens.serviceToken(account, name);
  const role = SERVICE_ACCOUNTS.get(account);
  if (!role || !token || !sameDigest(token.secretDigest, digest(secret))) {
    throw unauthorized(node, `failed to authenticate service account [${account}] with token name [${name}]`);
  }
  return {
    username: account,
    fullName: `Service account - ${account}`,
    email: null,
    metadata: { _elastic_service_account: true },
    realm: SERVICE_REALM,
    authenticationType: 'token',
    authenticationRealm: SERVICE_REALM,
    assignedRoles: [],
    apiKey: undefined,
    token: { name, type: '_service_account_index' },
    serviceRoles: new Map([[account, role]]),
    runAsBy: undefined,
    refusedRunAs: undefined,
  };
}
