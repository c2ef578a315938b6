import { createHash } from 'node:crypto';
import { toMilliseconds, UNIT_MS } from '../duration.js';
import { PolicyFormat, refuseRepeated, type Refuse } from '../policy-file/policy-format.js';
import type { AllowRule, JsonObject, Profile } from './profile.js';
import { PROFILES_SCHEMA } from './profiles-schema.js';

const MIN_TTL_MS = 2 * UNIT_MS.s;
const MAX_TTL_MS = UNIT_MS.d;
const MAX_MAX_TTL_MS = 30 * UNIT_MS.d;
/** After a rotation, of a profile that says nothing else; also of one that is no longer there to say it. */
export const DEFAULT_AFTER_ROTATION = { retireGraceMs: 300_000, instanceTimeoutMs: 120_000 } as const;
const DEFAULT_LIMITS = {
  workload: { liveKeys: 50, mintsPerMinute: 60 },
  instance: { liveKeys: 1000, mintsPerMinute: 600 },
} as const;

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

const FORMAT = new PolicyFormat<{ profiles: GivenProfile[] }>('LATCHKEY_PROFILES_FILE', PROFILES_SCHEMA);

/** @param text YAML or JSON. @throws ConfigError that names the place and what is wrong there. */
export function parseProfiles(text: string): readonly Profile[] {
  const { given, refuse } = FORMAT.accept(text);
  const profiles = given.profiles.map((profile, index) =>
    toProfile(profile, (path, problem) => refuse(['profiles', index, ...path], problem)),
  );
  refuseRepeated(profiles, ['profiles'], 'name', refuse);
  return Object.freeze(profiles);
}

function toProfile(given: GivenProfile, refuse: Refuse): Profile {
  for (const [role, descriptor] of Object.entries(given.role_descriptors)) {
    if (!['cluster', 'indices', 'applications'].some((kind) => kind in descriptor))
      refuse(['role_descriptors', role], 'must grant something: cluster, indices or applications');
  }
  const ttlMs = toMs(given.ttl);
  const maxTtlMs = given.max_ttl === undefined ? ttlMs : toMs(given.max_ttl);
  if (ttlMs < MIN_TTL_MS || ttlMs > MAX_TTL_MS) refuse(['ttl'], 'must be from 2s to 1d');
  if (maxTtlMs < ttlMs) refuse(['max_ttl'], 'must not be less than ttl');
  if (maxTtlMs > MAX_MAX_TTL_MS) refuse(['max_ttl'], 'must be at most 30d');
  const rotateAt =
    typeof given.rotate_at === 'number'
      ? { from: given.rotate_at, to: given.rotate_at }
      : (given.rotate_at ?? { from: 0.6, to: 0.7 });
  if (rotateAt.from > rotateAt.to) refuse(['rotate_at', 'from'], 'must not be more than rotate_at.to');
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
