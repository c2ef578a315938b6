import { authorize, isGranted, securityAction } from '../authorization.js';
import { nestedException, SandboxError, validationFailed } from '../errors.js';
import type { JsonObject } from '../json/json-value.js';
import { booleanField, building, parseBody, stringField, stringListField, type Fields } from '../json/object-parser.js';
import { ok, type Answer, type SandboxRequest } from '../request.js';
import { selectionDemand, selectionErrors, selectKeys, type KeySelection } from './selection.js';
import { refuseInvalid } from './update.js';

interface InvalidateBody {
  ids?: string[];
  name?: string;
  username?: string;
  realm?: string;
  owner?: boolean;
}

const PARSER = 'invalidate_api_key';
const FIELDS: Fields<InvalidateBody> = new Map([
  ['realm_name', stringField((target: InvalidateBody, value) => void (target.realm = value))],
  ['username', stringField((target: InvalidateBody, value) => void (target.username = value))],
  ['ids', stringListField((target: InvalidateBody, value) => void (target.ids = value))],
  ['name', stringField((target: InvalidateBody, value) => void (target.name = value))],
  ['owner', booleanField((target: InvalidateBody, value) => void (target.owner = value))],
]);

/** `DELETE /_security/api_key`. */
export function invalidateApiKeys(request: SandboxRequest): Answer {
  const { node, subject } = request;
  const body = parseBody(request.requiredBody(), PARSER, FIELDS, {});
  building(PARSER, () => checkIds(body.ids));
  request.refuseUnconsumed();
  const selection: KeySelection = {
    ids: body.ids,
    name: present(body.name),
    username: present(body.username),
    realm: present(body.realm),
    isOwner: body.owner ?? false,
  };
  refuseInvalid(invalidateErrors(selection));
  authorize(node, subject, selectionDemand('invalidate', selection, subject));
  return ok(invalidate(request, selection));
}

function invalidate({ node, subject }: SandboxRequest, selection: KeySelection): JsonObject {
  const mayEndCrossCluster = isGranted(node, subject, { action: securityAction('cross_cluster/api_key/update') });
  const invalidated: string[] = [];
  const errors: JsonObject[] = [];
  for (const key of selectKeys(node.keys.all(), selection, subject)) {
    if (key.invalidation !== undefined) continue;
    if (key.type === 'cross_cluster' && !mayEndCrossCluster) {
      const reason =
        `Cannot invalidate cross-cluster API key [${key.id}]. This requires [manage_security] cluster privilege ` +
        'or higher';
      errors.push(nestedException(new SandboxError('security_exception', reason, 403)));
    } else {
      key.invalidation = node.now();
      invalidated.push(key.id);
    }
  }
  return {
    invalidated_api_keys: invalidated,
    previously_invalidated_api_keys: [],
    error_count: errors.length,
    error_details: errors.length > 0 ? errors : undefined,
  };
}

function checkIds(ids: readonly string[] | undefined): void {
  if (!ids) return;
  if (ids.length === 0) throw validationFailed(['Field [ids] cannot be an empty array']);
  const blanks = [...ids.entries()].filter(([, id]) => id.trim() === '').map(([index]) => index);
  if (blanks.length === 0) return;
  const noun = blanks.length === 1 ? 'blank id at index position' : 'blank ids at index positions';
  throw validationFailed([`Field [ids] must not contain blank id, but got ${noun}: [${blanks.join(', ')}]`]);
}

function invalidateErrors(selection: KeySelection): string[] {
  const { ids, name, username, realm, isOwner } = selection;
  if ([ids, name, username, realm].every((criterion) => criterion === undefined)) {
    if (isOwner) return [];
    return ['One of [api key id(s), api key name, username, realm name] must be specified if [owner] flag is false'];
  }
  return selectionErrors(selection, { idNoun: 'api key id(s)', verb: 'invalidating', linking: 'are' });
}

function present(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
