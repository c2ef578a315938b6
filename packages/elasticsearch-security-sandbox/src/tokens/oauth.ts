import { authenticatePassword } from '../authentication.js';
import { authorize, securityAction } from '../authorization.js';
import { subjectToJson } from '../endpoints/who-am-i.js';
import { featureNotEnabled, PlainError, validationFailed } from '../errors.js';
import { nullableStringField, parseBody, stringField, type Fields } from '../json/object-parser.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import type { Subject } from '../subject.js';
import { ACCESS_TOKEN_SECONDS } from './token-store.js';

interface TokenBody {
  grantType?: string;
  username?: string;
  password?: string;
  scope?: string;
  refreshToken?: string;
  token?: string;
  realm?: string | null;
}

const CREATE_FIELDS: Fields<TokenBody> = new Map([
  ['grant_type', stringField((target: TokenBody, value) => void (target.grantType = value))],
  ['username', stringField((target: TokenBody, value) => void (target.username = value))],
  ['password', stringField((target: TokenBody, value) => void (target.password = value))],
  ['scope', stringField((target: TokenBody, value) => void (target.scope = value))],
  ['refresh_token', stringField((target: TokenBody, value) => void (target.refreshToken = value))],
]);

const INVALIDATE_FIELDS: Fields<TokenBody> = new Map([
  ['token', stringField((target: TokenBody, value) => void (target.token = value))],
  ['refresh_token', stringField((target: TokenBody, value) => void (target.refreshToken = value))],
  ['username', stringField((target: TokenBody, value) => void (target.username = value))],
  ['realm_name', nullableStringField((target: TokenBody, value) => void (target.realm = value))],
]);

/** `POST /_security/oauth2/token`. */
export function createToken(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const body = parseBody(request.requiredBody(), 'token_request', CREATE_FIELDS, {});
  request.refuseUnconsumed();
  refuseGrant(body);
  const action = securityAction(body.grantType === 'refresh_token' ? 'token/refresh' : 'token/create');
  authorize(node, subject, { action });
  if (body.grantType === 'password') {
    const owner = authenticatePassword(node, body.username ?? '', body.password ?? '', `action [${action}]`);
    return issue(request, owner, true);
  }
  return body.grantType === 'refresh_token'
    ? refresh(request, body.refreshToken ?? '')
    : issue(request, subject, false);
}

/** `DELETE /_security/oauth2/token`. */
export function invalidateToken(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const body = parseBody(request.requiredBody(), 'invalidate_token', INVALIDATE_FIELDS, {});
  request.refuseUnconsumed();
  const { token, refreshToken, username, realm } = body;
  if ([token, refreshToken, username, realm ?? undefined].every((criterion) => criterion === undefined)) {
    throw validationFailed(['token string must be provided when not specifying a realm name or a username']);
  }
  authorize(node, subject, { action: securityAction('token/invalidate') });
  requireTokenService(request);
  const single = token === undefined ? node.tokens.findByRefreshToken(refreshToken ?? '') : node.tokens.find(token);
  const byUser = username === undefined && realm === undefined ? [] : node.tokens.ofUser(username, realm ?? undefined);
  const found = [...(single ? [single] : []), ...byUser];
  const live = found.filter((entry) => !entry.isInvalidated);
  for (const entry of live) entry.isInvalidated = true;
  return ok({
    invalidated_tokens: live.length,
    previously_invalidated_tokens: found.length - live.length,
    error_count: 0,
  });
}

function refresh(request: SandboxRequest, refreshToken: string): Answer {
  requireTokenService(request);
  const token = request.node.tokens.findByRefreshToken(refreshToken);
  if (!token || token.isInvalidated || token.isRefreshed)
    throw oauthError('invalid_grant', 'could not refresh the requested token');
  token.isRefreshed = true;
  return issue(request, { ...token.subject, authenticationType: 'token', token: {} }, true);
}

function issue(request: SandboxRequest, owner: Subject, withRefresh: boolean): Answer {
  requireTokenService(request);
  const { accessToken, refreshToken } = request.node.tokens.issue(owner, withRefresh);
  return ok({
    access_token: accessToken,
    type: 'Bearer',
    expires_in: ACCESS_TOKEN_SECONDS,
    refresh_token: refreshToken,
    authentication: subjectToJson(request.node, owner),
  });
}

function requireTokenService({ node }: SandboxRequest): void {
  if (!node.settings.tokensEnabled) throw featureNotEnabled('security tokens are not enabled', 'security_tokens');
}

function refuseGrant({ grantType, username, password, refreshToken }: TokenBody): void {
  const errors: string[] = [];
  if (grantType === 'password') {
    if (!username) errors.push('username is missing');
    if (!password) errors.push('password is missing');
  } else if (grantType === 'refresh_token') {
    if (!refreshToken) errors.push('refresh_token is missing');
  } else if (grantType !== 'client_credentials') {
    const text = 'grant_type only supports the values: [password, _kerberos, refresh_token, client_credentials]';
    throw oauthError('unsupported_grant_type', validationFailed([text]).reason);
  }
  if (errors.length > 0) throw oauthError('invalid_request', validationFailed(errors).reason);
}

function oauthError(error: string, description: string): PlainError {
  return new PlainError(400, { error, error_description: description });
}
