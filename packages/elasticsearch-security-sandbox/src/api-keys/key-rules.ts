import { illegalArgument, SandboxError } from '../errors.js';
import { isJsonObject, scalarText, type JsonObject, type JsonValue } from '../json/json-value.js';
import { isEmptyRole, type RoleDescriptors } from '../roles/role-descriptor.js';

const MAX_DEPTH = 20;
const MAX_LEAF_BYTES = 32_766;

/** What is wrong with the name of a key: all of it on 8.19, the first thing on 9.x. */
export function nameErrors(name: string | undefined, isNine: boolean): string[] {
  if (name === undefined || name === '') return ['api key name is required'];
  const errors: string[] = [];
  if (name.length > 256) errors.push('api key name may not be more than 256 characters long');
  if ((name.codePointAt(0) ?? 0) <= 0x20 || name.charCodeAt(name.length - 1) <= 0x20) {
    errors.push('api key name may not begin or end with whitespace');
  }
  if (name.startsWith('_')) errors.push('api key name may not begin with an underscore');
  return isNine ? errors.slice(0, 1) : errors;
}

/** What is wrong with the metadata of a key. */
export function metadataErrors(metadata: JsonObject | null | undefined): string[] {
  const hasReserved = Object.keys(metadata ?? {}).some((key) => key.startsWith('_'));
  return hasReserved ? ['API key metadata keys may not start with [_]'] : [];
}

/** Refuses restrictions that cannot be combined. */
export function checkRestrictions(roles: RoleDescriptors): void {
  const restricted = [...roles.values()].filter((role) => role.workflows !== undefined).length;
  if (restricted > 1) throw illegalArgument('more than one role descriptor with restriction is not supported');
  if (restricted === 1 && roles.size > 1) {
    throw illegalArgument('combining role descriptors with and without restriction is not supported');
  }
}

/** Refuses what a key may not give to a key it makes: any privilege. */
export function checkDerived(roles: RoleDescriptors): void {
  if (roles.size > 0 && [...roles.values()].every(isEmptyRole)) return;
  throw illegalArgument(
    'creating derived api keys requires an explicit role descriptor that is empty (has no privileges)',
  );
}

/** Refuses metadata the flattened field of the security index cannot hold. The place it names is not the real one. */
export function checkIndexable(metadata: JsonObject | null, id: string): void {
  if (metadata) visit(metadata, 1, '', id);
}

function visit(value: JsonValue | undefined, depth: number, path: string, id: string): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, depth, path, id);
  } else if (isJsonObject(value)) {
    if (depth > MAX_DEPTH) {
      throw unparsable(
        id,
        javaText(value),
        `The provided [flattened] field [metadata_flattened] exceeds the maximum depth limit of [${MAX_DEPTH}].`,
      );
    }
    for (const [key, member] of Object.entries(value)) visitMember(key, member, depth, path, id);
  }
}

function visitMember(key: string, value: JsonValue | undefined, depth: number, path: string, id: string): void {
  const text = scalarText(value);
  const keyPath = path === '' ? key : `${path}.${key}`;
  if (key.includes('\0')) {
    throw unparsable(
      id,
      text ?? '',
      `Keys in [flattened] fields cannot contain the reserved character \\0. Offending key: [${key}].`,
    );
  }
  if (text !== undefined && Buffer.byteLength(text) + Buffer.byteLength(keyPath) + 1 > MAX_LEAF_BYTES) {
    throw unparsable(
      id,
      text,
      'Flattened field [metadata_flattened] contains one immense field whose keyed encoding is longer than the ' +
        `allowed max length of ${MAX_LEAF_BYTES} bytes. Key length: ${Buffer.byteLength(keyPath)}, value length: ` +
        `${Buffer.byteLength(text)} for key starting with [${keyPath.slice(0, 50)}]`,
    );
  }
  visit(value, depth + 1, keyPath, id);
}

function unparsable(id: string, preview: string, reason: string): SandboxError {
  const text =
    `[1:1] failed to parse field [metadata_flattened] of type [flattened] in document with id '${id}'. Preview ` +
    `of field's value: '${preview}'`;
  return new SandboxError('document_parsing_exception', text, 400, { cause: illegalArgument(reason) });
}

function javaText(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (isJsonObject(value)) {
    return `{${Object.entries(value)
      .map(([key, member]) => `${key}=${javaText(member)}`)
      .join(', ')}}`;
  }
  return scalarText(value) ?? 'null';
}
