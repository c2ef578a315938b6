import { securityAction, type Demand } from '../authorization.js';
import type { Subject } from '../subject.js';
import { isExpired, type ApiKey } from './api-key.js';

/** Which keys a GET or a DELETE is about. */
export interface KeySelection {
  readonly ids: readonly string[] | undefined;
  readonly name: string | undefined;
  readonly username: string | undefined;
  readonly realm: string | undefined;
  readonly isOwner: boolean;
}

/** The texts in which the two endpoints differ when criteria exclude each other. */
export interface SelectionTexts {
  readonly idNoun: string;
  readonly verb: string;
  readonly linking: string;
}

/** What is wrong with the criteria of a selection. */
export function selectionErrors(
  { ids, name, username, realm, isOwner }: KeySelection,
  texts: SelectionTexts,
): string[] {
  const hasUser = username !== undefined || realm !== undefined;
  const errors: string[] = [];
  if ((ids !== undefined || name !== undefined) && hasUser) {
    errors.push(
      `username or realm name must not be specified when the ${texts.idNoun} or api key name ${texts.linking} ` +
        'specified',
    );
  }
  if (isOwner && hasUser)
    errors.push(`neither username nor realm-name may be specified when ${texts.verb} owned API keys`);
  if (ids !== undefined && name !== undefined)
    errors.push(`only one of [${texts.idNoun}, api key name] can be specified`);
  return errors;
}

/** Keeps the keys a selection is about. */
export function selectKeys(keys: readonly ApiKey[], selection: KeySelection, subject: Subject): ApiKey[] {
  const { ids, name, username, realm, isOwner } = selection;
  // "Own" of a key means the keys of the user it belongs to, itself included.
  const ownRealm = subject.apiKey?.owner.realm.name ?? subject.realm.name;
  return keys.filter(
    (key) =>
      (ids === undefined || ids.includes(key.id)) &&
      (name === undefined || matchesName(name, key.name)) &&
      (username === undefined || key.owner.username === username) &&
      (realm === undefined || key.owner.realm.name === realm) &&
      (!isOwner || (key.owner.username === subject.username && key.owner.realm.name === ownRealm)),
  );
}

/** Only a `*` at the end of a name stands for more than itself. */
function matchesName(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/**
 * What is asked of a caller that selects keys: `manage_own_api_key` is enough for a selection that can only hold its
 * own.
 */
export function selectionDemand(action: 'get' | 'invalidate', selection: KeySelection, subject: Subject): Demand {
  return { action: securityAction(`api_key/${action}`), isOwn: isOwnSelection(selection, subject) };
}

/** Whether a key can still be used. */
export function isActive(key: ApiKey, now: number): boolean {
  return key.invalidation === undefined && !isExpired(key, now);
}

function isOwnSelection({ ids, name, username, realm, isOwner }: KeySelection, subject: Subject): boolean {
  const { apiKey } = subject;
  if (apiKey) {
    const onlyIds = name === undefined && username === undefined && realm === undefined && !isOwner;
    return onlyIds && ids !== undefined && ids.length > 0 && ids.every((id) => id === apiKey.id);
  }
  return isOwner || (username === subject.username && realm === subject.realm.name);
}
