import { randomBytes } from 'node:crypto';
import { authorize, securityAction } from '../authorization.js';
import { illegalArgument, SandboxError, validationFailed } from '../errors.js';
import type { JsonObject } from '../json/json-value.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { roleToJson } from '../roles/role-descriptor.js';
import { SERVICE_ACCOUNTS } from './service-accounts.js';

const NAME = /^[A-Za-z0-9-][A-Za-z0-9_-]{0,255}$/;

/** `GET /_security/service`, of a namespace and of one account. */
export function getServiceAccounts(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('service_account/get') });
  const prefix = [...request.pathParameters.values()].join('/');
  const found: JsonObject = {};
  for (const [account, role] of SERVICE_ACCOUNTS) {
    if (prefix === '' || account === prefix || account.startsWith(`${prefix}/`))
      found[account] = { role_descriptor: roleToJson(role) };
  }
  return ok(found);
}

/** `POST|PUT /_security/service/{namespace}/{service}/credential/token` and with a name. */
export function createServiceToken(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const account = accountOf(request);
  const name = request.pathParameters.get('name') ?? `token_${randomBytes(15).toString('base64url')}`;
  request.parameters.acceptRefresh();
  request.refuseUnconsumed();
  if (!NAME.test(name)) throw validationFailed([nameRule(name)]);
  authorize(node, subject, { action: securityAction('service_account/token/create') });
  if (!SERVICE_ACCOUNTS.has(account)) throw illegalArgument(`service account [${account}] does not exist`);
  const value = node.tokens.addServiceToken(account, name);
  if (value === undefined) throw alreadyThere(request, `${account}/${name}`);
  return ok({ created: true, token: { name, value } });
}

/** `DELETE /_security/service/{namespace}/{service}/credential/token/{name}`. */
export function deleteServiceToken(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.parameters.acceptRefresh();
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('service_account/token/delete') });
  const found = node.tokens.removeServiceToken(accountOf(request), request.pathParameter('name'));
  return { status: found ? 200 : 404, body: { found } };
}

/** `GET /_security/service/{namespace}/{service}/credential`. */
export function getServiceCredentials(request: SandboxRequest): Answer {
  const { node, subject } = request;
  request.refuseUnconsumed();
  authorize(node, subject, { action: securityAction('service_account/credential/get') });
  const account = accountOf(request);
  const tokens: JsonObject = {};
  for (const token of node.tokens.serviceTokensOf(account)) tokens[token.name] = {};
  return ok({
    service_account: account,
    count: Object.keys(tokens).length,
    tokens,
    nodes_credentials: { _nodes: { total: 1, successful: 1, failed: 0 }, file_tokens: {} },
  });
}

function accountOf(request: SandboxRequest): string {
  return `${request.pathParameter('namespace')}/${request.pathParameter('service')}`;
}

function nameRule(name: string): string {
  return (
    `invalid service token name [${name}]. service account token name must have at least 1 character and at ` +
    'most 256 characters that are alphanumeric (A-Z, a-z, 0-9) or hyphen (-) or underscore (_). It must not ' +
    'begin with an underscore (_).'
  );
}

function alreadyThere({ node }: SandboxRequest, token: string): SandboxError {
  const reason = `[service_account_token-${token}]: version conflict, document already exists (current version [1])`;
  return new SandboxError('version_conflict_engine_exception', reason, 409, {
    metadata: { index_uuid: node.securityIndexUuid, shard: '0', index: '.security-7' },
  });
}
