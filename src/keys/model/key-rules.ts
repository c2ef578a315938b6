import { isRecord } from '../../json/json-record.js';
import type { FieldError } from '../../errors/service-error.js';
import { escapePointer } from '../../json/json-limits.js';
import { isRawJson } from '../../json/exact-json.js';

const MAX_ROLE_NAME_LENGTH = 1024;
/** Levels of the flattened field that Elasticsearch keeps metadata in. */
const MAX_METADATA_DEPTH = 20;
const MAX_METADATA_VALUE_LENGTH = 8192;

/** What Elasticsearch would refuse in metadata (or, on an update, fail at with a 500), each with its pointer. */
export function metadataErrors(value: unknown): FieldError[] {
  if (value === undefined) return [];
  if (!isRecord(value) || isRawJson(value))
    return [{ pointer: '/metadata', code: 'metadata.type', detail: 'must be a JSON object' }];
  const reserved = Object.keys(value)
    .filter((name) => name.startsWith('_'))
    .map((name) => ({
      pointer: `/metadata/${escapePointer(name)}`,
      code: 'metadata.reserved',
      detail: 'names that start with _ are reserved for Elasticsearch',
    }));
  return [...reserved, ...unstorable(value, '/metadata', 1)];
}

function unstorable(value: unknown, pointer: string, depth: number): FieldError[] {
  if (typeof value === 'string') {
    if (value.includes('\u0000')) return [{ pointer, code: 'metadata.nul', detail: 'must not contain NUL characters' }];
    return value.length > MAX_METADATA_VALUE_LENGTH
      ? [{ pointer, code: 'metadata.too-long', detail: `may have at most ${MAX_METADATA_VALUE_LENGTH} characters` }]
      : [];
  }
  if (typeof value !== 'object' || value === null || isRawJson(value)) return [];
  if (depth > MAX_METADATA_DEPTH)
    return [{ pointer, code: 'metadata.too-deep', detail: `may be nested at most ${MAX_METADATA_DEPTH} levels deep` }];
  return Object.entries(value).flatMap(([name, child]) => {
    const at = `${pointer}/${escapePointer(name)}`;
    if (name.includes('\u0000'))
      return [{ pointer: at, code: 'metadata.nul', detail: 'names must not contain NUL characters' }];
    return unstorable(child, at, depth + 1);
  });
}

/** The outer form of role descriptors; what is inside a descriptor Elasticsearch judges, by its own version. */
export function roleDescriptorErrors(value: unknown): FieldError[] {
  if (value === undefined) return [];
  if (!isRecord(value)) {
    return [
      {
        pointer: '/role_descriptors',
        code: 'role_descriptors.type',
        detail: 'must be an object of role name to role descriptor; {} or absent means all rights of the owner',
      },
    ];
  }
  return Object.entries(value).flatMap(([name, descriptor]) => {
    const pointer = `/role_descriptors/${escapePointer(name)}`;
    if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(name) || name.length > MAX_ROLE_NAME_LENGTH) {
      return [
        {
          pointer,
          code: 'role_descriptors.name',
          detail: `role names have 1 to ${MAX_ROLE_NAME_LENGTH} printable ASCII characters, no blank at either end`,
        },
      ];
    }
    return isRecord(descriptor)
      ? []
      : [
          {
            pointer,
            code: 'role_descriptors.type',
            detail: 'must be an object with cluster, indices, applications and so on',
          },
        ];
  });
}
