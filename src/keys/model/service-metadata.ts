import { isDeepStrictEqual } from 'node:util';
import { isRecord, type JsonRecord } from '../../json/json-record.js';
import { invalidField } from '../../errors/service-error.js';

/** The name in a key's metadata under which Latchkey keeps what it must remember of the key; its only store. */
export const SERVICE_METADATA = 'latchkey';

/** What Latchkey remembers in a key. Times are epoch milliseconds. */
export interface ServiceMetadata {
  /** Id of the key that this one is to replace. */
  replaces?: string;
  /** Id of the key that is to replace this one; hint only, what decides stands in that key. */
  replaced_by?: string;
  rotation_started?: number;
  /** When the replaced key is to end. */
  grace_until?: number;
  /** The end that the replaced key had before; absent when it had none. */
  old_expiration?: number;
  /** By whom the rotation was carried out; see `RotationWay`. */
  way?: string;
  /** Digest of the Idempotency-Key that the rotation was started with, or the key was made with. */
  idempotency?: string;
  /** Digest of the body that came with the Idempotency-Key. */
  request?: string;
  /** Template that the key was made by, and a digest of what it allowed then. */
  template?: string;
  template_digest?: string;
  /**
   * Id of a key that is to end at `grace_until`, once the one in `successor` has taken over. Only in notes of the
   * service to itself.
   */
  ends?: string;
  successor?: string;
  /** What `credentials` keeps of a key that is lent to a workload. */
  lease?: unknown;
}

/** Filter that leaves out what the service makes and ends by itself: leases, and notes to itself. */
export const NOT_OF_THE_SERVICE: JsonRecord = {
  bool: {
    must_not: ['lease.form', 'ends'].map((name) => ({ exists: { field: `metadata.${SERVICE_METADATA}.${name}` } })),
  },
};

const TEXTS = [
  'replaces',
  'replaced_by',
  'way',
  'idempotency',
  'request',
  'template',
  'template_digest',
  'ends',
  'successor',
] as const;
const NUMBERS = ['rotation_started', 'grace_until', 'old_expiration'] as const;

export function serviceMetadataOf(metadata: JsonRecord): ServiceMetadata {
  const value = metadata[SERVICE_METADATA];
  if (!isRecord(value)) return {};
  const known = [
    ...TEXTS.filter((name) => typeof value[name] === 'string'),
    ...NUMBERS.filter((name) => typeof value[name] === 'number'),
    ...(value['lease'] === undefined ? [] : ['lease' as const]),
  ];
  return Object.fromEntries(known.map((name) => [name, value[name]]));
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
    throw invalidField(
      `/metadata/${SERVICE_METADATA}`,
      'metadata.reserved',
      'is kept by this service and cannot be set',
    );
  }
  return kept === undefined ? given : { ...given, [SERVICE_METADATA]: kept };
}

/**
 * The metadata of a new key as a part of a create: what the caller gives, and what Latchkey remembers. Empty when there
 * is neither.
 *
 * @throws ServiceError `request.invalid` when the caller would set what is Latchkey's.
 */
export function newMetadata(given: JsonRecord | undefined, mark: ServiceMetadata): { metadata?: JsonRecord } {
  const own = Object.keys(mark).length === 0 ? {} : { [SERVICE_METADATA]: mark };
  if (given === undefined && Object.keys(own).length === 0) return {};
  return { metadata: { ...(given && keepServiceMetadata(given)), ...own } };
}

/** A caller's part of the metadata, fit to be given to another key. */
export function withoutReserved(metadata: JsonRecord): JsonRecord {
  return Object.fromEntries(
    Object.entries(metadata).filter(([name]) => name !== SERVICE_METADATA && !name.startsWith('_')),
  );
}

/**
 * The metadata to store so that a key names its successor, or names none again. Undefined when nothing is to be
 * changed, or when a part of the metadata is Elasticsearch's own (`_cloned_from`), which an update would drop.
 */
export function linkedTo(metadata: JsonRecord, successorId: string | undefined): JsonRecord | undefined {
  if (
    Object.keys(metadata).some((name) => name.startsWith('_')) ||
    serviceMetadataOf(metadata).replaced_by === successorId
  )
    return undefined;
  const present = metadata[SERVICE_METADATA];
  const { replaced_by: _before, ...rest } = isRecord(present) ? present : {};
  const own = { ...rest, ...(successorId !== undefined && { replaced_by: successorId }) };
  const { [SERVICE_METADATA]: _own, ...others } = metadata;
  return Object.keys(own).length === 0 ? others : { ...others, [SERVICE_METADATA]: own };
}
