import { isDeepStrictEqual } from 'node:util';
import { keepServiceMetadata } from '../keys/model/service-metadata.js';
import type { JsonRecord } from '../json/json-record.js';
import type { FieldError } from '../errors/service-error.js';
import { invalidField } from '../errors/service-error.js';

/** Names at the top of a managed key's metadata that say that it is managed, by whom and for what. */
const MARKS = ['managed', 'managed_by', 'owner', 'purpose'] as const;

export interface Marks {
  managed_by: string;
  owner: string;
  purpose: string;
}

/** On a create the marks have fields of their own. */
export function markErrors(metadata: JsonRecord | undefined): FieldError[] {
  return MARKS.filter((name) => metadata !== undefined && name in metadata).map((name) => ({
    pointer: `/metadata/${name}`,
    code: 'metadata.mark',
    detail: name === 'managed' ? 'is set by this route' : `is given as ${name} beside metadata`,
  }));
}

/** The metadata of a new managed key. */
export function markedMetadata({ managed_by, owner, purpose }: Marks, metadata: JsonRecord = {}): JsonRecord {
  return { ...keepServiceMetadata(metadata), managed: true, managed_by, owner, purpose };
}

/**
 * The metadata to store when a caller replaces those of a managed key: marks that it does not name stay, and the mark
 * `managed` stays in any case, so that a key does not drop out of its protection.
 *
 * @throws ServiceError `request.invalid`.
 */
export function keepMarks(given: JsonRecord, present: JsonRecord): JsonRecord {
  if ('managed' in given && !isDeepStrictEqual(given['managed'], present['managed'])) {
    throw invalidField('/metadata/managed', 'metadata.mark', 'cannot be changed: it keeps the key protected');
  }
  const kept = Object.fromEntries(
    MARKS.filter((name) => name in present && !(name in given)).map((name) => [name, present[name]]),
  );
  return { ...kept, ...keepServiceMetadata(given, present) };
}
