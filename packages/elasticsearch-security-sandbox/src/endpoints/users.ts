import { authorize, securityAction } from '../authorization.js';
import { illegalArgument, parseException, validationFailed } from '../errors.js';
import type { JsonScanner } from '../json/json-scanner.js';
import { isJsonObject, type JsonObject } from '../json/json-value.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { readStrictStrings } from '../roles/parse-index-privileges.js';
import { digest, ELASTIC, NATIVE_REALM, type User } from '../users-and-roles.js';

interface UserBody {
  password?: string;
  roles?: string[];
  fullName?: string | null;
  email?: string | null;
  metadata?: JsonObject;
  enabled?: boolean;
}

const MIN_PASSWORD = 6;

/** `PUT|POST /_security/user/{username}`. */
export function putUser(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const username = request.pathParameter('username');
  request.parameters.acceptRefresh();
  const body = parseUser(request.requiredBody(), 'add user request');
  request.refuseUnconsumed();
  checkPassword(body.password);
  if (username === ELASTIC)
    throw validationFailed([`user [${username}] is reserved and only the password can be changed`]);
  authorize(node, subject, { action: securityAction('user/put') });
  const existing = node.users.users.get(username);
  const passwordDigest = body.password === undefined ? existing?.passwordDigest : digest(body.password);
  if (passwordDigest === undefined) {
    throw validationFailed(
      ['password must be specified unless you are updating an existing user'],
      'validation_exception',
    );
  }
  node.users.users.set(username, {
    username,
    passwordDigest,
    roles: body.roles ?? [],
    fullName: body.fullName ?? null,
    email: body.email ?? null,
    metadata: body.metadata ?? {},
    enabled: body.enabled ?? true,
    realm: NATIVE_REALM,
  });
  return ok({ created: existing === undefined });
}

/** `GET /_security/user` and of names. */
export function getUsers(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.parameters.flag('with_profile_uid');
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('user/get') });
  const asked = request.pathParameters.get('username')?.split(',');
  const found: JsonObject = {};
  for (const user of node.users.users.values()) {
    if (!asked || asked.includes(user.username)) found[user.username] = userToJson(user);
  }
  const isMissing = asked !== undefined && Object.keys(found).length === 0;
  return isMissing ? { status: 404, body: {} } : ok(found);
}

/** `DELETE /_security/user/{username}`. */
export function deleteUser(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.parameters.acceptRefresh();
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('user/delete') });
  const username = request.pathParameter('username');
  if (username === ELASTIC) throw illegalArgument(`user [${username}] is reserved and cannot be deleted`);
  const found = node.users.users.delete(username);
  return { status: found ? 200 : 404, body: { found } };
}

/** `PUT|POST /_security/user/{username}/_enable` and `/_disable`. */
export function setUserEnabled(enabled: boolean): (request: SandboxRequest) => Answer {
  return (request) => {
    const { node, subject } = request;
    request.parameters.acceptRefresh();
    request.refuseUnconsumed();
    authorize(node, subject, { action: securityAction('user/set_enabled') });
    const username = request.pathParameter('username');
    if (username === subject.username)
      throw illegalArgument('users may not update the enabled status of their own account');
    if (username === ELASTIC)
      throw validationFailed([`user [${username}] is reserved and only the password can be changed`]);
    const user = node.users.users.get(username);
    if (!user)
      throw validationFailed(
        [`only existing users can be ${enabled ? 'enabled' : 'disabled'}`],
        'validation_exception',
      );
    node.users.users.set(user.username, { ...user, enabled });
    return ok({});
  };
}

/** `PUT|POST /_security/user/{username}/_password` and `/_security/user/_password`. */
export function changePassword(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const username = request.pathParameters.get('username') ?? subject.username;
  request.parameters.acceptRefresh();
  const { password } = parseUser(request.requiredBody(), 'change password request');
  request.refuseUnconsumed();
  checkPassword(password);
  const isSelf = username === subject.username && !subject.apiKey;
  authorize(node, subject, { action: securityAction('user/change_password'), isFree: isSelf });
  const user = node.users.users.get(username);
  if (!user || password === undefined) throw validationFailed(['password must be specified'], 'validation_exception');
  node.users.users.set(username, { ...user, passwordDigest: digest(password) });
  return ok({});
}

function checkPassword(password: string | undefined): void {
  if (password === undefined || password.length >= MIN_PASSWORD) return;
  throw validationFailed([`passwords must be at least [${MIN_PASSWORD}] characters long`], 'validation_exception');
}

function parseUser(scanner: JsonScanner, subject: string): UserBody {
  if (scanner.next() !== 'START_OBJECT')
    throw parseException(`failed to parse ${subject}. expected an object but found [${scanner.token}] instead`);
  const body: UserBody = {};
  while (scanner.next() !== 'END_OBJECT') {
    const name = scanner.name ?? '';
    scanner.next();
    if (!readUserMember(scanner, name, body))
      throw parseException(`failed to parse ${subject}. unexpected field [${name}]`);
  }
  return body;
}

function readUserMember(scanner: JsonScanner, name: string, body: UserBody): boolean {
  switch (name) {
    case 'password':
      body.password = expectText(scanner, name);
      return true;
    case 'roles':
      body.roles =
        scanner.token === 'VALUE_STRING' ? scanner.text().split(',') : (readStrictStrings(scanner, false) ?? []);
      return true;
    case 'full_name':
      body.fullName = scanner.token === 'VALUE_NULL' ? null : expectText(scanner, name);
      return true;
    case 'email':
      body.email = scanner.token === 'VALUE_NULL' ? null : expectText(scanner, name);
      return true;
    case 'enabled':
      body.enabled = scanner.text() === 'true';
      return true;
    case 'username':
      expectText(scanner, name);
      return true;
    case 'metadata': {
      const value = scanner.readValue();
      if (!isJsonObject(value))
        throw parseException(`expected field [${name}] to be of type object, but found [${scanner.token}] instead`);
      body.metadata = value;
      return true;
    }
    default:
      return false;
  }
}

function expectText(scanner: JsonScanner, name: string): string {
  if (scanner.token === 'VALUE_STRING') return scanner.text();
  throw parseException(`expected field [${name}] to be of type string, but found [${scanner.token}] instead`);
}

function userToJson(user: User): JsonObject {
  return {
    username: user.username,
    roles: [...user.roles],
    full_name: user.fullName,
    email: user.email,
    metadata: user.metadata,
    enabled: user.enabled,
  };
}
