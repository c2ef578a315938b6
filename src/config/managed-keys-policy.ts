import { MANAGED_KEYS_SCHEMA } from './managed-keys-schema.js';
import { PolicyFormat, refuseRepeated } from './policy-file/policy-format.js';

/**
 * Which keys a piece of software owns, and what to tell a person who is about to break one. All given parts must match.
 */
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

interface GivenPolicy {
  managers?: ReadonlyArray<Omit<ManagerRule, 'match'> & { match: GivenMatch }>;
  templates?: ReadonlyArray<Omit<KeyTemplate, 'allow'> & Partial<Pick<KeyTemplate, 'allow'>>>;
}

type GivenMatch = Omit<ManagerRule['match'], 'metadata'> & {
  metadata?: Readonly<Record<string, string | number | boolean>>;
};

const FORMAT = new PolicyFormat<GivenPolicy>('LATCHKEY_MANAGED_KEYS_FILE', MANAGED_KEYS_SCHEMA);

/** @param text YAML or JSON with `managers` and `templates`. @throws ConfigError that names the place. */
export function parseManagedKeysPolicy(text: string): ManagedKeysPolicy {
  const { given, refuse } = FORMAT.accept(text);
  const templates = (given.templates ?? []).map((template) => ({ allow: [], ...template }));
  refuseRepeated(templates, ['templates'], 'name', refuse);
  return {
    managers: (given.managers ?? []).map((manager) => ({ ...manager, match: comparable(manager.match) })),
    templates,
  };
}

/** Metadata are compared as text. */
function comparable({ metadata, ...match }: GivenMatch): ManagerRule['match'] {
  if (metadata === undefined) return match;
  return {
    ...match,
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, String(value)])),
  };
}
