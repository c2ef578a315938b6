import { illegalArgument } from '../errors.js';
import { isJsonObject, scalarText, type JsonValue } from '../json/json-value.js';
import type { ApiKey } from '../api-keys/api-key.js';

/** How the values of a field compare. */
type FieldKind = 'keyword' | 'date' | 'boolean';

/** A field keys can be asked for. */
export interface KeyField {
  readonly name: string;
  /** The name in the index, which leaks into some messages. */
  readonly indexName: string;
  readonly kind: FieldKind;
  readonly values: (key: ApiKey) => FieldValue[];
}

/** A value of a field: text, milliseconds or a boolean. */
export type FieldValue = string | bigint | boolean;

const FIELDS: readonly KeyField[] = [
  { name: 'username', indexName: 'creator.principal', kind: 'keyword', values: (key) => [key.owner.username] },
  { name: 'realm_name', indexName: 'creator.realm', kind: 'keyword', values: (key) => [key.owner.realm.name] },
  { name: 'name', indexName: 'name', kind: 'keyword', values: (key) => [key.name] },
  { name: 'type', indexName: 'runtime_key_type', kind: 'keyword', values: (key) => [key.type] },
  { name: 'creation', indexName: 'creation_time', kind: 'date', values: (key) => [BigInt(key.creation)] },
  { name: 'expiration', indexName: 'expiration_time', kind: 'date', values: (key) => present(key.expiration) },
  {
    name: 'invalidated',
    indexName: 'api_key_invalidated',
    kind: 'boolean',
    values: (key) => [key.invalidation !== undefined],
  },
  {
    name: 'invalidation',
    indexName: 'invalidation_time',
    kind: 'date',
    values: (key) => present(key.invalidation === undefined ? undefined : BigInt(key.invalidation)),
  },
];

/** The field of a name; refuses the fields keys cannot be asked for. */
export function keyField(name: string): KeyField {
  if (name === 'metadata') return metadataField(name, undefined);
  if (name.startsWith('metadata.')) return metadataField(name, name.slice('metadata.'.length));
  const field = FIELDS.find((candidate) => candidate.name === name);
  if (field) return field;
  const subject = name.includes('*') ? 'Field name pattern' : 'Field';
  throw illegalArgument(`${subject} [${name}] is not allowed for querying or aggregation`);
}

/** The fields a list of names and patterns stands for; those that cannot be asked for are left out. */
export function expandFields(patterns: readonly string[]): KeyField[] {
  const names = [...FIELDS.map((field) => field.name), 'metadata'];
  return patterns.flatMap((pattern) => {
    const plain = pattern.replace(/\^.*$/, '');
    if (plain.startsWith('metadata.')) return [keyField(plain)];
    const expression = new RegExp(
      `^${plain
        .split('*')
        .map((text) => RegExp.escape(text))
        .join('.*')}$`,
    );
    return names.filter((name) => expression.test(name)).map(keyField);
  });
}

function metadataField(name: string, path: string | undefined): KeyField {
  const indexName = path === undefined ? 'metadata_flattened' : `metadata_flattened.${path}`;
  return {
    name,
    indexName,
    kind: 'keyword',
    values: (key) =>
      leaves(key.metadata ?? {}, '')
        .filter((leaf) => path === undefined || leaf.path === path)
        .map((leaf) => leaf.text),
  };
}

function leaves(value: JsonValue | undefined, path: string): { path: string; text: string }[] {
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, path));
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([key, member]) => leaves(member, path === '' ? key : `${path}.${key}`));
  }
  const text = scalarText(value);
  return text === undefined ? [] : [{ path, text }];
}

function present(value: bigint | undefined): bigint[] {
  return value === undefined ? [] : [value];
}
