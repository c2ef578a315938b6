import { isDeepStrictEqual } from 'node:util';
import { isRecord, type JsonRecord } from '../elasticsearch/answer-shape.js';
import { invalidField } from '../errors/service-error.js';

/** The name in a key's metadata under which Latchkey keeps what it must remember of the key; its only store. */
export const SERVICE_METADATA = 'latchkey';

/** What Latchkey remembers in a key. */
export interface ServiceMetadata {
  /** Id of the key that this one is to replace. */
  replaces?: string;
  /** Epoch milliseconds. */
  rotation_started?: number;
}

export function serviceMetadataOf(metadata: JsonRecord): ServiceMetadata {
  const value = metadata[SERVICE_METADATA];
  if (!isRecord(value)) return {};
  const { replaces, rotation_started: started } = value;
  return { ...(typeof replaces === 'string' && { replaces }), ...(typeof started === 'number' && { rotation_started: started }) };
}

/**
 * The metadata to store when a caller gives new ones: what Latchkey remembers stays, whatever the caller says. Said
 * back unchanged (read, edit, write) it is no error.
 *
 * @throws ServiceError `request.invalid` when the caller would set or change it.
 */
export function keepServiceMetadata(given: JsonRecord, present: JsonRecord = {}): JsonRecord {
  const kept = present[SERVICE_METADATA];
  if (SERVICE_METADATA in given && !isDeepStrictEqual(given[SERVICE_METADATA], kept)) {
    throw invalidField(`/metadata/${SERVICE_METADATA}`, 'metadata.reserved', 'is kept by this service and cannot be set');
  }
  return kept === undefined ? given : { ...given, [SERVICE_METADATA]: kept };
}

/** A caller's part of the metadata, fit to be given to another key. */
export function withoutReserved(metadata: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== SERVICE_METADATA && !name.startsWith('_')));
}
