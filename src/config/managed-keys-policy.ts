import { load, YAMLException } from 'js-yaml';
import { ConfigError } from './config-error.js';
import { durationPattern } from './duration.js';

/** Which keys a piece of software owns, and what to tell a person who is about to break one. All given parts must match. */
export interface ManagerRule {
  label: string;
  owner: string;
  /** What stops working without the key. */
  consequence: string;
  match: { name_prefix?: string; metadata?: Readonly<Record<string, string>>; username?: string; realm?: string };
}

/** A kind of key that the service makes under its own name for the callers that are named here, and for nobody else. */
export interface KeyTemplate {
  /** Name of the template, and the start of the names of its keys. */
  name: string;
  /** Never empty: no descriptors would mean all rights of the service identity. */
  role_descriptors: Readonly<Record<string, unknown>>;
  /** Longest life of a key, as an Elasticsearch time value. */
  max_lifetime: string;
  allow: ReadonlyArray<{ username: string; realm: string }>;
}

export interface ManagedKeysPolicy {
  managers: readonly ManagerRule[];
  templates: readonly KeyTemplate[];
}

export const EMPTY_POLICY: ManagedKeysPolicy = { managers: [], templates: [] };

const SETTING = 'LATCHKEY_MANAGED_KEYS_FILE';

const LIFETIME = new RegExp(durationPattern(['s', 'm', 'h', 'd'], 9));

type Fields = Record<string, unknown>;

/** @param text YAML or JSON with `managers` and `templates`. @throws ConfigError that names the place. */
export function parseManagedKeysPolicy(text: string): ManagedKeysPolicy {
  let document: unknown;
  try {
    document = load(text);
  } catch (error) {
    throw new ConfigError(
      SETTING,
      `is not valid YAML or JSON${error instanceof YAMLException ? ` (line ${(error.mark?.line ?? 0) + 1})` : ''}`,
    );
  }
  const root = fields(document, '', ['managers', 'templates']);
  const templates = list(root['templates'], 'templates').map((item, index) => template(item, `templates[${index}]`));
  const repeated = templates.find(({ name }, index) => templates.findIndex((other) => other.name === name) !== index);
  if (repeated !== undefined)
    throw new ConfigError(SETTING, `templates: ${JSON.stringify(repeated.name)} is there twice`);
  return {
    managers: list(root['managers'], 'managers').map((item, index) => manager(item, `managers[${index}]`)),
    templates,
  };
}

function template(item: unknown, where: string): KeyTemplate {
  const given = fields(item, where, ['name', 'role_descriptors', 'max_lifetime', 'allow']);
  const name = text(given, 'name', where);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name))
    throw new ConfigError(SETTING, `${where}.name must have 1 to 100 characters of A-Z, a-z, 0-9, . _ -`);
  const descriptors = fields(given['role_descriptors'], `${where}.role_descriptors`);
  if (Object.keys(descriptors).length === 0)
    throw new ConfigError(
      SETTING,
      `${where}.role_descriptors must not be empty: that would be all rights of the service identity`,
    );
  for (const role of Object.keys(descriptors)) fields(descriptors[role], `${where}.role_descriptors.${role}`);
  const lifetime = text(given, 'max_lifetime', where);
  if (!LIFETIME.test(lifetime))
    throw new ConfigError(SETTING, `${where}.max_lifetime must be a time value such as 30d`);
  const allow = list(given['allow'], `${where}.allow`).map((who, index) => {
    const at = `${where}.allow[${index}]`;
    const caller = fields(who, at, ['username', 'realm']);
    return { username: text(caller, 'username', at), realm: text(caller, 'realm', at) };
  });
  return { name, role_descriptors: descriptors, max_lifetime: lifetime, allow };
}

function manager(item: unknown, where: string): ManagerRule {
  const given = fields(item, where, ['label', 'owner', 'consequence', 'match']);
  const match = fields(given['match'], `${where}.match`, ['name_prefix', 'metadata', 'username', 'realm']);
  const metadata = match['metadata'] === undefined ? undefined : texts(match['metadata'], `${where}.match.metadata`);
  const single = (name: string): Fields =>
    match[name] === undefined ? {} : { [name]: text(match, name, `${where}.match`) };
  if (Object.keys(match).length === 0)
    throw new ConfigError(SETTING, `${where}.match must name at least one of name_prefix, metadata, username, realm`);
  return {
    label: text(given, 'label', where),
    owner: text(given, 'owner', where),
    consequence: text(given, 'consequence', where),
    match: { ...single('name_prefix'), ...single('username'), ...single('realm'), ...(metadata && { metadata }) },
  };
}

function fields(value: unknown, where: string, allowed?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(SETTING, `${where || 'the file'} must be a map`);
  const unknown = allowed && Object.keys(value).find((name) => !allowed.includes(name));
  if (unknown !== undefined)
    throw new ConfigError(
      SETTING,
      `${where || 'the file'}: ${JSON.stringify(unknown)} is not known; allowed are ${allowed?.join(', ')}`,
    );
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
      if (typeof item !== 'string' && typeof item !== 'number' && typeof item !== 'boolean')
        throw new ConfigError(SETTING, `${where}.${name} must be one value`);
      return [name, String(item)];
    }),
  );
}
