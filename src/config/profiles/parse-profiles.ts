import { createHash } from 'node:crypto';
import { Ajv, type ErrorObject } from 'ajv';
import { load, YAMLException } from 'js-yaml';
import { ConfigError } from '../config-error.js';
import { toMilliseconds, UNIT_MS } from '../duration.js';
import type { AllowRule, JsonObject, Profile } from './profile.js';
import { PROFILES_SCHEMA } from './profiles-schema.js';

const SETTING = 'LATCHKEY_PROFILES_FILE';
const MIN_TTL_MS = 2 * UNIT_MS.s;
const MAX_TTL_MS = UNIT_MS.d;
const MAX_MAX_TTL_MS = 30 * UNIT_MS.d;
/** After a rotation, of a profile that says nothing else; also of one that is no longer there to say it. */
export const DEFAULT_AFTER_ROTATION = { retireGraceMs: 300_000, instanceTimeoutMs: 120_000 } as const;
const DEFAULT_LIMITS = {
  workload: { liveKeys: 50, mintsPerMinute: 60 },
  instance: { liveKeys: 1000, mintsPerMinute: 600 },
} as const;
/** Aliases in YAML can make a small text a huge document. */
const MAX_TEXT_LENGTH = 4 * 1024 * 1024;

interface GivenProfile {
  name: string;
  role_descriptors: Record<string, JsonObject>;
  ttl: string;
  max_ttl?: string;
  header_value?: Profile['headerValue'];
  per?: Profile['per'];
  run_as?: string;
  metadata?: JsonObject;
  rotate_at?: number | { from: number; to: number };
  retire_grace?: string;
  instance_timeout?: string;
  closed?: boolean;
  limits?: { live_keys?: number; mints_per_minute?: number };
  allow?: AllowRule[];
}

const validate = new Ajv({ allErrors: false, strict: true, allowUnionTypes: true }).compile<{
  profiles: GivenProfile[];
}>(PROFILES_SCHEMA);

/** @param text YAML or JSON. @throws ConfigError that names the place and what is wrong there. */
export function parseProfiles(text: string): readonly Profile[] {
  const document = parse(text);
  if (!validate(document)) throw new ConfigError(SETTING, describe(validate.errors?.[0], document));
  const profiles = document.profiles.map((given, index) => toProfile(given, `profiles[${index}] (${given.name})`));
  const repeated = profiles.find(({ name }, index) => profiles.findIndex((other) => other.name === name) !== index);
  if (repeated !== undefined) throw new ConfigError(SETTING, `the profile ${repeated.name} is there twice`);
  return Object.freeze(profiles);
}

function parse(text: string): unknown {
  if (text.length > MAX_TEXT_LENGTH) throw new ConfigError(SETTING, 'is larger than 4 MiB');
  try {
    return load(text);
  } catch (error) {
    throw new ConfigError(
      SETTING,
      `is not valid YAML or JSON${error instanceof YAMLException ? ` (line ${(error.mark?.line ?? 0) + 1})` : ''}`,
    );
  }
}

function toProfile(given: GivenProfile, where: string): Profile {
  const fail = (problem: string): never => {
    throw new ConfigError(SETTING, `${where}.${problem}`);
  };
  for (const [role, descriptor] of Object.entries(given.role_descriptors)) {
    if (!['cluster', 'indices', 'applications'].some((kind) => kind in descriptor))
      fail(`role_descriptors.${role} must grant something: cluster, indices or applications`);
  }
  const ttlMs = toMs(given.ttl);
  const maxTtlMs = given.max_ttl === undefined ? ttlMs : toMs(given.max_ttl);
  if (ttlMs < MIN_TTL_MS || ttlMs > MAX_TTL_MS) fail('ttl must be from 2s to 1d');
  if (maxTtlMs < ttlMs) fail('max_ttl must not be less than ttl');
  if (maxTtlMs > MAX_MAX_TTL_MS) fail('max_ttl must be at most 30d');
  const rotateAt =
    typeof given.rotate_at === 'number'
      ? { from: given.rotate_at, to: given.rotate_at }
      : (given.rotate_at ?? { from: 0.6, to: 0.7 });
  if (rotateAt.from > rotateAt.to) fail('rotate_at.from must not be more than rotate_at.to');
  const headerValue = given.header_value ?? 'encoded';
  const per = given.per ?? 'workload';
  const metadata = given.metadata ?? {};
  const preset = DEFAULT_LIMITS[per];
  return Object.freeze({
    name: given.name,
    roleDescriptors: given.role_descriptors,
    ttlMs,
    maxTtlMs,
    metadata,
    headerValue,
    per,
    ...(given.run_as !== undefined && { runAs: given.run_as }),
    rotateAt,
    retireGraceMs: given.retire_grace === undefined ? DEFAULT_AFTER_ROTATION.retireGraceMs : toMs(given.retire_grace),
    instanceTimeoutMs:
      given.instance_timeout === undefined ? DEFAULT_AFTER_ROTATION.instanceTimeoutMs : toMs(given.instance_timeout),
    closed: given.closed ?? false,
    limits: {
      liveKeys: given.limits?.live_keys ?? preset.liveKeys,
      mintsPerMinute: given.limits?.mints_per_minute ?? preset.mintsPerMinute,
    },
    allow: given.allow ?? [],
    digest: digestOf([given.role_descriptors, metadata, headerValue, per, given.run_as ?? null]),
  });
}

function toMs(text: string): number {
  return toMilliseconds(text) ?? Number.NaN;
}

/** Independent of the order in which a file names things. */
function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('base64url')
    .slice(0, 22);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}

/** What ajv found, in words, at the place as an operator would look for it. */
function describe(error: ErrorObject | undefined, document: unknown): string {
  if (error === undefined) return 'is not valid';
  const place = placeOf(error.instancePath, document);
  const { keyword, params } = error as { keyword: string; params: Record<string, unknown> };
  if (keyword === 'additionalProperties')
    return `${place} has the unknown field ${JSON.stringify(params['additionalProperty'])}`;
  if (keyword === 'required') return `${place} lacks ${String(params['missingProperty'])}`;
  if (keyword === 'enum') return `${place} must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
  if (keyword === 'maxProperties' && error.schemaPath.includes('/allow/'))
    return `${place} must hold one rule; put each in an entry of its own`;
  if (keyword === 'minProperties' && error.instancePath.endsWith('/role_descriptors'))
    return `${place} must not be empty: that would mean all rights of the service identity`;
  return `${place} ${error.message ?? 'is not valid'}`;
}

function placeOf(pointer: string, document: unknown): string {
  const segments = pointer
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
  const path = segments
    .map((segment) => (/^\d+$/.test(segment) ? `[${segment}]` : `.${segment}`))
    .join('')
    .replace(/^\./, '');
  const [list, index] = segments;
  const name = list === 'profiles' && index !== undefined ? nameAt(document, Number(index)) : undefined;
  return path === ''
    ? 'the file'
    : name === undefined
      ? path
      : path.replace(/^profiles\[\d+\]/, (start) => `${start} (${name})`);
}

function nameAt(document: unknown, index: number): string | undefined {
  const name = (document as { profiles?: Array<{ name?: unknown } | null> }).profiles?.[index]?.name;
  return typeof name === 'string' && name.length <= 64 ? JSON.stringify(name) : undefined;
}
