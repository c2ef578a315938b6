import { load, YAMLException } from 'js-yaml';
import { ConfigError } from './config-error.js';

/** Which keys a piece of software owns, and what to tell a person who is about to break one. All given parts must match. */
export interface ManagerRule {
  label: string;
  owner: string;
  /** What stops working without the key. */
  consequence: string;
  match: { name_prefix?: string; metadata?: Readonly<Record<string, string>>; username?: string; realm?: string };
}

export interface ManagedKeysPolicy {
  managers: readonly ManagerRule[];
}

export const EMPTY_POLICY: ManagedKeysPolicy = { managers: [] };

const SETTING = 'LATCHKEY_MANAGED_KEYS_FILE';

type Fields = Record<string, unknown>;

/** @param text YAML or JSON with `managers`. @throws ConfigError that names the place. */
export function parseManagedKeysPolicy(text: string): ManagedKeysPolicy {
  let document: unknown;
  try {
    document = load(text);
  } catch (error) {
    throw new ConfigError(SETTING, `is not valid YAML or JSON${error instanceof YAMLException ? ` (line ${(error.mark?.line ?? 0) + 1})` : ''}`);
  }
  const root = fields(document, '', ['managers']);
  return { managers: list(root['managers'], 'managers').map((item, index) => manager(item, `managers[${index}]`)) };
}

function manager(item: unknown, where: string): ManagerRule {
  const given = fields(item, where, ['label', 'owner', 'consequence', 'match']);
  const match = fields(given['match'], `${where}.match`, ['name_prefix', 'metadata', 'username', 'realm']);
  const metadata = match['metadata'] === undefined ? undefined : texts(match['metadata'], `${where}.match.metadata`);
  const single = (name: string): Fields => (match[name] === undefined ? {} : { [name]: text(match, name, `${where}.match`) });
  if (Object.keys(match).length === 0) throw new ConfigError(SETTING, `${where}.match must name at least one of name_prefix, metadata, username, realm`);
  return {
    label: text(given, 'label', where),
    owner: text(given, 'owner', where),
    consequence: text(given, 'consequence', where),
    match: { ...single('name_prefix'), ...single('username'), ...single('realm'), ...(metadata && { metadata }) },
  };
}

function fields(value: unknown, where: string, allowed?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ConfigError(SETTING, `${where || 'the file'} must be a map`);
  const unknown = allowed && Object.keys(value).find((name) => !allowed.includes(name));
  if (unknown !== undefined) throw new ConfigError(SETTING, `${where || 'the file'}: ${JSON.stringify(unknown)} is not known; allowed are ${allowed?.join(', ')}`);
  return value as Fields;
}

function list(value: unknown, where: string): unknown[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new ConfigError(SETTING, `${where} must be a list`);
  return value;
}

function text(given: Fields, name: string, where: string): string {
  const value = given[name];
  if (typeof value !== 'string' || value === '') throw new ConfigError(SETTING, `${where}.${name} must be a text`);
  return value;
}

function texts(value: unknown, where: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields(value, where)).map(([name, item]) => {
      if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean') throw new ConfigError(SETTING, `${where}.${name} must be one value`);
      return [name, String(item)];
    }),
  );
}
