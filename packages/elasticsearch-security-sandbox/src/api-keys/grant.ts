import { authenticateAccessToken, authenticatePassword, unauthorized } from '../authentication.js';
import { authorize, runAs, securityAction } from '../authorization.js';
import { SandboxError } from '../errors.js';
import { objectField, parseBody, stringField, type Field } from '../json/object-parser.js';
import type { SandboxNode } from '../node.js';
import type { Answer, SandboxRequest } from '../request.js';
import type { Subject } from '../subject.js';
import { keyRequestErrors, makeKey, parseKeyRequest, type ParsedKeyRequest } from './create.js';
import { refuseInvalid } from './update.js';

interface GrantBody {
  grantType?: string;
  username?: string;
  password?: string;
  accessToken?: string;
  runAs?: string;
  hasClientAuthentication?: boolean;
  key?: ParsedKeyRequest;
}

const ACTION = securityAction('api_key/grant');
const EMPTY_KEY: ParsedKeyRequest = { name: '', expiration: undefined, metadata: null, roles: new Map() };
const CREDENTIALS: readonly { name: string; of: (body: GrantBody) => string | undefined; grantType: string }[] = [
  { name: 'username', of: (body) => body.username, grantType: 'password' },
  { name: 'password', of: (body) => body.password, grantType: 'password' },
  { name: 'access_token', of: (body) => body.accessToken, grantType: 'access_token' },
];

/** `POST|PUT /_security/api_key/grant`. */
export function grantApiKey(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.parameters.acceptRefresh();
  const body = parseBody(request.requiredBody(), 'grant_api_key_request', grantFields(node.isNine), {});
  request.refuseUnconsumed();
  const key = body.key ?? EMPTY_KEY;
  refuseInvalid([...keyRequestErrors(key, node.isNine), ...grantErrors(body)]);
  authorize(node, subject, { action: ACTION });
  return makeKey(node, ownerOfGrant(node, body), key);
}

function grantFields(isNine: boolean): Map<string, Field<GrantBody>> {
  return new Map([
    ['grant_type', stringField((target: GrantBody, value) => void (target.grantType = value))],
    ['username', stringField((target: GrantBody, value) => void (target.username = value))],
    ['password', stringField((target: GrantBody, value) => void (target.password = value))],
    ['access_token', stringField((target: GrantBody, value) => void (target.accessToken = value))],
    ['run_as', stringField((target: GrantBody, value) => void (target.runAs = value))],
    ['client_authentication', objectField((target: GrantBody) => void (target.hasClientAuthentication = true))],
    [
      'api_key',
      {
        tokens: ['START_OBJECT'],
        read: (scanner, target: GrantBody) => void (target.key = parseKeyRequest(scanner, isNine)),
      },
    ],
  ]);
}

function grantErrors(body: GrantBody): string[] {
  const { grantType } = body;
  if (grantType === undefined) return ['[grant_type] is required'];
  if (!CREDENTIALS.some((credential) => credential.grantType === grantType))
    return [`grant_type [${grantType}] is not supported`];
  const isGiven = (credential: (typeof CREDENTIALS)[number]): boolean => Boolean(credential.of(body));
  const wanted = CREDENTIALS.filter((credential) => credential.grantType === grantType && !isGiven(credential));
  const refused = CREDENTIALS.filter((credential) => credential.grantType !== grantType && isGiven(credential));
  return [
    ...wanted.map(({ name }) => `[${name}] is required for grant_type [${grantType}]`),
    ...refused.map(({ name }) => `[${name}] is not supported for grant_type [${grantType}]`),
  ];
}

function ownerOfGrant(node: SandboxNode, body: GrantBody): Subject {
  if (body.hasClientAuthentication) {
    const reason = '[client_authentication] not supported with the supplied access_token type';
    throw new SandboxError('security_exception', reason, 400);
  }
  const granted = authenticateGrant(node, body);
  if (body.runAs === undefined) return granted;
  const owner = runAs(node, granted, body.runAs);
  authorize(node, owner, { action: securityAction('user/authenticate'), isFree: true });
  return owner;
}

function authenticateGrant(node: SandboxNode, body: GrantBody): Subject {
  try {
    const target = `action [${ACTION}]`;
    if (body.runAs === '')
      throw unauthorized(node, `unable to authenticate user [${body.username ?? '_bearer_token'}] for ${target}`);
    return body.grantType === 'password'
      ? authenticatePassword(node, body.username ?? '', body.password ?? '', target)
      : authenticateAccessToken(node, body.accessToken ?? '', target);
  } catch (error) {
    if (!(error instanceof SandboxError) || error.status !== 401) throw error;
    throw new SandboxError('security_exception', 'Failed to authenticate api key grant', 403, { cause: error });
  }
}
