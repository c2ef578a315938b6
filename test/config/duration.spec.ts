import fc from 'fast-check';
import { toMilliseconds, UNIT_MS, type DurationUnit } from '../../src/config/duration.js';
import { loadSettings } from '../../src/config/load-settings.js';
import { parseManagedKeysPolicy } from '../../src/config/managed-keys-policy.js';
import { parseProfiles } from '../../src/config/profiles/parse-profiles.js';
import { parseWorkloadIssuers } from '../../src/config/workload-issuers.js';
import { expirationPolicy, longestLifeS, toTimeValue } from '../../src/keys/writing/expiration.js';

const ROLE = { w: { cluster: ['monitor'] } };
const profileOf = (changes: object) =>
  parseProfiles(JSON.stringify({ profiles: [{ name: 'p', role_descriptors: ROLE, ttl: '2s', ...changes }] }))[0];

/** Every place that reads a duration of an operator or a caller, as milliseconds. */
const READERS: Record<string, (text: string) => number | undefined> = {
  'expiration of a key': (text) => toMilliseconds(toTimeValue(text, 0) ?? ''),
  LATCHKEY_MAX_KEY_LIFETIME: (text) =>
    longestLifeS(expirationPolicy(loadSettings({ LATCHKEY_MAX_KEY_LIFETIME: text }))) * 1000,
  'max_lifetime of a template': (text) => {
    const template = { name: 't', role_descriptors: ROLE, max_lifetime: text };
    const [read] = parseManagedKeysPolicy(JSON.stringify({ templates: [template] })).templates;
    return read && longestLifeS({ maxLifetime: read.max_lifetime }) * 1000;
  },
  'max_age of an issuer': (text) => {
    const issuer = { issuer: 'i', kind: 'jwt', audience: 'a', jwks_file: '/keys', max_age: text };
    return parseWorkloadIssuers(JSON.stringify({ issuers: [issuer] }), false)[0]?.maxAgeMs;
  },
  'ttl of a profile': (text) => profileOf({ ttl: text })?.ttlMs,
  'max_ttl of a profile': (text) => profileOf({ max_ttl: text })?.maxTtlMs,
  'retire_grace of a profile': (text) => profileOf({ retire_grace: text })?.retireGraceMs,
  'instance_timeout of a profile': (text) => profileOf({ instance_timeout: text })?.instanceTimeoutMs,
};

/** Up to a day and from two seconds, which all of them accept. */
const duration = fc.oneof(
  ...(
    [
      ['s', 86_400, 2],
      ['m', 1440, 1],
      ['h', 24, 1],
      ['d', 1, 1],
    ] as const
  ).map(([unit, max, min]) =>
    fc.integer({ min, max }).map((amount) => ({ text: `${amount}${unit}`, ms: (amount * 86_400_000) / (max || 1) })),
  ),
);

describe('a duration', () => {
  test.each(Object.keys(READERS))('means the same time as %s as in Elasticsearch', (place) => {
    fc.assert(
      fc.property(duration, ({ text, ms }) => {
        expect([text, READERS[place]?.(text)]).toEqual([text, ms]);
      }),
    );
  });

  test('has the units of Elasticsearch time values', () => {
    const lengths = Object.entries(UNIT_MS).map(([unit, ms]) => [unit, Math.round(ms * 1e6)]);
    expect(lengths).toEqual([
      ['nanos', 1],
      ['micros', 1e3],
      ['ms', 1e6],
      ['s', 1e9],
      ['m', 60e9],
      ['h', 3600e9],
      ['d', 86_400e9],
    ]);
  });

  test('is read back as it was written, in every unit', () => {
    const units = fc.constantFrom(...(Object.keys(UNIT_MS) as DurationUnit[]));
    fc.assert(
      fc.property(fc.nat(999_999_999), units, (amount, unit) => {
        expect(toMilliseconds(`${amount}${unit}`)).toBe(amount * UNIT_MS[unit]);
      }),
    );
  });

  test.each(['', '1', 'd', '1.5h', '-1d', ' 1d', '1d ', '1w', '1D', '1e3s', `${'9'.repeat(16)}s`, '1constructor'])(
    '%j is none',
    (text) => {
      expect(toMilliseconds(text)).toBeUndefined();
    },
  );
});
