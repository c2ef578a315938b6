import { isRecord, type JsonRecord } from '../json/json-record.js';
import type { FieldError } from '../errors/service-error.js';
import { escapePointer } from '../json/json-limits.js';

const MAX_NAME_LENGTH = 4096;
const SEARCH_FIELDS = ['names', 'query', 'field_security', 'allow_restricted_indices'];
const REPLICATION_FIELDS = ['names', 'allow_restricted_indices'];

/**
 * What Elasticsearch would refuse in the access of a cross-cluster key, each with its pointer
 * (CrossClusterApiKeyRoleDescriptorBuilder, IndicesPrivileges parsing of RoleDescriptor).
 */
export function accessErrors(access: unknown, pointer = '/access'): FieldError[] {
  if (access === undefined) return [];
  if (!isRecord(access))
    return [{ pointer, code: 'access.type', detail: 'must be an object with search, replication or both' }];
  const errors = Object.keys(access)
    .filter((name) => name !== 'search' && name !== 'replication')
    .map((name) => ({
      pointer: `${pointer}/${escapePointer(name)}`,
      code: 'field.unknown',
      detail: 'is not known here; access has search and replication',
    }));
  const { search, replication } = access;
  const replicated = Array.isArray(replication) && replication.length > 0;
  errors.push(...listErrors(search, `${pointer}/search`, (entry, at) => searchErrors(entry, at, replicated)));
  errors.push(...listErrors(replication, `${pointer}/replication`, replicationErrors));
  const searched = Array.isArray(search) && search.length > 0;
  if (errors.length === 0 && !searched && !replicated) {
    errors.push({ pointer, code: 'access.empty', detail: 'must have at least one entry in search or replication' });
  }
  return errors;
}

function listErrors(
  list: unknown,
  pointer: string,
  check: (entry: JsonRecord, at: string) => FieldError[],
): FieldError[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) return [{ pointer, code: 'access.type', detail: 'must be an array of entries' }];
  return list.flatMap((entry: unknown, index) => {
    const at = `${pointer}/${index}`;
    return isRecord(entry)
      ? check(entry, at)
      : [{ pointer: at, code: 'access.type', detail: 'must be an object with names' }];
  });
}

function searchErrors(entry: JsonRecord, at: string, replicated: boolean): FieldError[] {
  const errors = commonErrors(entry, at, SEARCH_FIELDS);
  for (const field of ['query', 'field_security']) {
    if (replicated && entry[field] !== undefined) {
      errors.push({
        pointer: `${at}/${field}`,
        code: 'access.limits-with-replication',
        detail:
          'search entries cannot have query or field_security when replication is given: replication would ' +
          'copy what they hide',
      });
    }
  }
  const { query, field_security: fieldSecurity } = entry;
  if (query !== undefined && !isRecord(query) && typeof query !== 'string') {
    errors.push({
      pointer: `${at}/query`,
      code: 'access.type',
      detail: 'must be a query as an object, or as JSON text',
    });
  }
  if (fieldSecurity !== undefined) errors.push(...fieldSecurityErrors(fieldSecurity, `${at}/field_security`));
  return errors;
}

function replicationErrors(entry: JsonRecord, at: string): FieldError[] {
  const limits = ['query', 'field_security']
    .filter((field) => entry[field] !== undefined)
    .map((field) => ({
      pointer: `${at}/${field}`,
      code: 'access.limits-with-replication',
      detail: 'replication does not support document or field level limits',
    }));
  return [
    ...limits,
    ...commonErrors(entry, at, [...REPLICATION_FIELDS, ...limits.map(({ pointer }) => pointer.slice(at.length + 1))]),
  ];
}

function commonErrors(entry: JsonRecord, at: string, allowed: readonly string[]): FieldError[] {
  const errors = Object.keys(entry)
    .filter((name) => !allowed.includes(name))
    .map((name) => ({
      pointer: `${at}/${escapePointer(name)}`,
      code: 'field.unknown',
      detail:
        name === 'privileges'
          ? 'must not be given: the privileges of cross-cluster keys are fixed'
          : `is not known here; allowed are ${allowed.join(', ')}`,
    }));
  errors.push(...namesErrors(entry['names'], `${at}/names`));
  const restricted = entry['allow_restricted_indices'];
  if (restricted !== undefined && typeof restricted !== 'boolean') {
    errors.push({ pointer: `${at}/allow_restricted_indices`, code: 'access.type', detail: 'must be true or false' });
  }
  return errors;
}

function namesErrors(value: unknown, pointer: string): FieldError[] {
  const names: unknown[] = typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];
  if (names.length === 0)
    return [{ pointer, code: 'access.names', detail: 'must be a list of at least one index name or pattern' }];
  return names.flatMap((name, index) =>
    typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH
      ? []
      : [
          {
            pointer: typeof value === 'string' ? pointer : `${pointer}/${index}`,
            code: 'access.names',
            detail: `must be a text of 1 to ${MAX_NAME_LENGTH} characters`,
          },
        ],
  );
}

function fieldSecurityErrors(value: unknown, pointer: string): FieldError[] {
  if (!isRecord(value))
    return [{ pointer, code: 'access.type', detail: 'must be an object with grant and, if need be, except' }];
  const { grant, except } = value;
  const errors = Object.keys(value)
    .filter((name) => name !== 'grant' && name !== 'except')
    .map((name) => ({
      pointer: `${pointer}/${escapePointer(name)}`,
      code: 'field.unknown',
      detail: 'is not known here; allowed are grant, except',
    }));
  if (grant === undefined && errors.length === 0) {
    errors.push({
      pointer,
      code: 'access.field-security',
      detail: except === undefined ? 'must not be empty' : 'requires grant if except is given',
    });
  }
  for (const [name, list] of [
    ['grant', grant],
    ['except', except],
  ] as const) {
    if (list !== undefined && !(Array.isArray(list) && list.every((field) => typeof field === 'string'))) {
      errors.push({
        pointer: `${pointer}/${name}`,
        code: 'access.type',
        detail: 'must be a list of field names or patterns',
      });
    }
  }
  return errors;
}
