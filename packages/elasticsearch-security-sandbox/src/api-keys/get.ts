import { authorize, isRestricted } from '../authorization.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { apiKeyToJson } from './api-key.js';
import { isActive, selectionDemand, selectionErrors, selectKeys, type KeySelection } from './selection.js';
import { refuseInvalid } from './update.js';

/** `GET /_security/api_key`. */
export function getApiKeys(request: SandboxRequest): Answer {
  const { node, subject, parameters } = request;
  const id = present(parameters.get('id'));
  const selection: KeySelection = {
    ids: id === undefined ? undefined : [id],
    name: present(parameters.get('name')),
    username: present(parameters.get('username')),
    realm: present(parameters.get('realm_name')),
    isOwner: parameters.flag('owner'),
  };
  const withLimitedBy = parameters.flag('with_limited_by');
  const activeOnly = parameters.flag('active_only');
  parameters.flag('with_profile_uid');
  request.refuseUnconsumed();
  refuseInvalid(selectionErrors(selection, { idNoun: 'api key id', verb: 'retrieving', linking: 'is' }));
  authorizeGet(request, selection, withLimitedBy);
  const keys = selectKeys(node.keys.all(), selection, subject).filter(
    (key) => !activeOnly || isActive(key, node.now()),
  );
  const body = { api_keys: keys.map((key) => apiKeyToJson(key, withLimitedBy)) };
  return id !== undefined && keys.length === 0 ? { status: 404, body } : ok(body);
}

function authorizeGet({ node, subject }: SandboxRequest, selection: KeySelection, withLimitedBy: boolean): void {
  const demand = selectionDemand('get', selection, subject);
  const isSelf = subject.apiKey !== undefined && demand.isOwn === true;
  // A key may always look at itself, even without any privilege, but not at what limits it.
  if (isSelf && !withLimitedBy && !isRestricted(subject) && subject.refusedRunAs === undefined) return;
  authorize(node, subject, isSelf && withLimitedBy ? { ...demand, isOwn: false } : demand);
}

function present(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
