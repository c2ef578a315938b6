import { parseProfiles } from '../../src/config/profiles/parse-profiles.js';
import { mayHave } from '../../src/credentials/profiles/allow-rules.js';
import { roleFor } from '../../src/credentials/profiles/role.js';
import { matchesSpiffePattern } from '../../src/credentials/profiles/spiffe-pattern.js';
import type { WorkloadIdentity } from '../../src/workload-identity/workload-identity.js';

const GOOD = {
  name: 'orders',
  role_descriptors: { w: { indices: [{ names: ['logs-orders'], privileges: ['create_doc'] }] } },
  ttl: '15m',
};
const file = (...profiles: unknown[]): string => JSON.stringify({ profiles });
const one = (changes: Record<string, unknown>): string => file({ ...GOOD, ...changes });
const allowing = (...allow: unknown[]) => {
  const [profile] = parseProfiles(one({ allow }));
  if (profile === undefined) throw new Error('no profile');
  return profile;
};
const base = { subject: 's', validUntilMs: Number.MAX_SAFE_INTEGER };
const spiffe = (spiffeId: string): WorkloadIdentity => ({ ...base, source: 'mtls', spiffeId });

describe('the profiles file', () => {
  test('is read as YAML, in the documented shape', () => {
    const [profile] = parseProfiles(`
profiles:
  - name: orders-logs-writer
    role_descriptors: { writer: { indices: [ { names: ["logs-orders"], privileges: ["create_doc"] } ] } }
    ttl: 15m
    max_ttl: 1h
    header_value: encoded
    allow:
      - spiffe_id: spiffe://cluster.local/ns/shop/sa/orders
      - spiffe_pattern: spiffe://cluster.local/ns/shop/sa/*
      - kubernetes: { namespace: shop, service_account: orders }
      - jwt: { issuer: https://issuer.example, claims: { sub: orders } }
`);
    expect(profile).toMatchObject({
      name: 'orders-logs-writer',
      ttlMs: 900_000,
      maxTtlMs: 3_600_000,
      headerValue: 'encoded',
      per: 'workload',
      closed: false,
      rotateAt: { from: 0.6, to: 0.7 },
    });
    expect(profile?.allow).toHaveLength(4);
  });

  test.each([
    ['{', /not valid YAML or JSON \(line 1\)/],
    ['[]', /the file must be a map/],
    [file({ ...GOOD, ttl: undefined }), /profiles\[0\] \("orders"\) lacks ttl/],
    [file(GOOD, { ...GOOD, name: 'Bad' }), /profiles\[1\] \("Bad"\)\.name must have 1 to 64 characters of a-z/],
    [file(GOOD, GOOD), /profiles\[1\] \("orders"\)\.name is listed twice/],
    [
      one({ tll: '1h' }),
      /profiles\[0\] \("orders"\) has the unknown field "tll"; did you mean ttl\? \(allowed: name, /,
    ],
    [one({ ttl: '15' }), /\.ttl must be a whole number with a unit \(s, m, h, d\), such as 15m/],
    [one({ ttl: '2d' }), /ttl must be from 2s to 1d/],
    [one({ max_ttl: '1m' }), /max_ttl must not be less than ttl/],
    [one({ role_descriptors: {} }), /role_descriptors must not be empty: that would mean all rights/],
    [one({ role_descriptors: { w: {} } }), /role_descriptors\.w must not be empty/],
    [one({ role_descriptors: { w: { description: 'nothing' } } }), /role_descriptors\.w must grant something/],
    [
      one({ role_descriptors: { w: { indices: [{ names: [], privileges: ['read'] }] } } }),
      /indices\[0\]\.names must not be empty/,
    ],
    [one({ role_descriptors: { w: { run_as: ['elastic'] } } }), /has the unknown field "run_as"/],
    [one({ metadata: { latchkey: 'x' } }), /metadata has the field "latchkey", whose name must .*not be managed/],
    [one({ metadata: { _x: 'x' } }), /metadata has the field "_x", whose name must have 1 to 100 characters/],
    [one({ header_value: 'bearer' }), /header_value must be one of encoded, authorization/],
    [one({ rotate_at: { from: 0.8, to: 0.6 } }), /rotate_at\.from must not be more/],
    [one({ allow: [{}] }), /allow\[0\] must hold one rule/],
    [
      one({ allow: [{ spiffe_id: 'spiffe://a/b', kubernetes: { namespace: 'a', service_account: 'b' } }] }),
      /allow\[0\] must hold one rule/,
    ],
    [
      one({ allow: [{ spiffe_id: 'spiffe://cluster.local/ns/*/sa/x' }] }),
      /allow\[0\]\.spiffe_id must be a SPIFFE id such as/,
    ],
    [
      one({ allow: [{ spiffe_pattern: 'spiffe://*/ns/shop/sa/x' }] }),
      /spiffe_pattern must be a SPIFFE id with at most one \* in a segment/,
    ],
    [
      one({ allow: [{ spiffe_pattern: 'spiffe://cluster.local/ns/a*b*c' }] }),
      /spiffe_pattern must be a SPIFFE id with at most one \* in a segment/,
    ],
    [one({ allow: [{ jwt: { issuer: 'https://i' } }] }), /jwt lacks claims/],
    [one({ allow: [{ jwt: { issuer: 'https://i', claims: {} } }] }), /claims must not be empty/],
  ])('%s is refused, with the place of the mistake', (text, message) => {
    expect(() => parseProfiles(text)).toThrow(message);
  });

  test('gives the same digest whatever the order of names in it, and another one when a key would carry something else', () => {
    const digest = (changes: Record<string, unknown>) => parseProfiles(one(changes))[0]?.digest;
    const entry = { names: ['a'], privileges: ['read'] };
    expect(digest({ role_descriptors: { w: { indices: [entry], cluster: ['monitor'] } } })).toBe(
      digest({ role_descriptors: { w: { cluster: ['monitor'], indices: [{ privileges: ['read'], names: ['a'] }] } } }),
    );
    expect(digest({})).toBe(digest({ ttl: '5m', allow: [{ spiffe_id: 'spiffe://a/b' }] }));
    for (const changes of [
      { metadata: { a: 1 } },
      { run_as: 'u' },
      { header_value: 'authorization' },
      { role_descriptors: { w: { cluster: ['monitor'] } } },
    ])
      expect(digest(changes)).not.toBe(digest({}));
  });
});

describe('who may have a profile', () => {
  test('nobody, when it names nobody', () => {
    const [without] = parseProfiles(file(GOOD));
    expect([
      without && mayHave(without, spiffe('spiffe://cluster.local/ns/shop/sa/orders')),
      mayHave(allowing(), spiffe('spiffe://a/b')),
    ]).toEqual([false, false]);
  });

  test('a SPIFFE id is compared character for character', () => {
    const profile = allowing({ spiffe_id: 'spiffe://cluster.local/ns/shop/sa/orders' });
    expect(mayHave(profile, spiffe('spiffe://cluster.local/ns/shop/sa/orders'))).toBe(true);
    for (const id of [
      'spiffe://cluster.local/ns/shop/sa/orders2',
      'spiffe://cluster.local/ns/shop/sa/Orders',
      'spiffe://other.local/ns/shop/sa/orders',
      'spiffe://cluster.local/ns/shop/sa/orders/x',
    ]) {
      expect([id, mayHave(profile, spiffe(id))]).toEqual([id, false]);
    }
  });

  test.each([
    ['spiffe://cluster.local/ns/shop/sa/*', 'spiffe://cluster.local/ns/shop/sa/orders', true],
    ['spiffe://cluster.local/ns/shop/sa/*', 'spiffe://cluster.local/ns/shop/sa/orders/extra', false],
    ['spiffe://cluster.local/ns/shop/sa/*', 'spiffe://cluster.local/ns/shop/sa', false],
    ['spiffe://cluster.local/ns/shop/sa/*', 'spiffe://cluster.local/ns/shop/sa/', false],
    ['spiffe://cluster.local/ns/*/sa/orders', 'spiffe://cluster.local/ns/shop/sa/orders', true],
    ['spiffe://cluster.local/ns/*/sa/orders', 'spiffe://cluster.local/ns/shop/x/sa/orders', false],
    ['spiffe://cluster.local/ns/shop/sa/web-*-eu', 'spiffe://cluster.local/ns/shop/sa/web-7-eu', true],
    ['spiffe://cluster.local/ns/shop/sa/web-*-eu', 'spiffe://cluster.local/ns/shop/sa/web-eu', false],
    ['spiffe://cluster.local/ns/shop/sa/*', 'spiffe://evil.local/ns/shop/sa/orders', false],
    ['spiffe://cluster.local/ns/shop/sa/*', 'xspiffe://cluster.local/ns/shop/sa/orders', false],
    ['spiffe://cluster.local/*', 'spiffe://cluster.local/orders', true],
    ['spiffe://cluster.local/*', 'spiffe://cluster.local/ns/shop', false],
  ])('the pattern %s and the id %s: %s', (pattern, id, expected) => {
    expect(matchesSpiffePattern(pattern, id)).toBe(expected);
  });

  test('a pattern is matched in time that grows with its length only', () => {
    const long = 'a'.repeat(100_000);
    const before = process.cpuUsage();
    expect(matchesSpiffePattern(`spiffe://d/${long}*${long}`, `spiffe://d/${long}${long.slice(1)}`)).toBe(false);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  });

  test('a Kubernetes rule needs namespace and service account of a verified token; a SPIFFE id that looks alike is not one', () => {
    const profile = allowing({ kubernetes: { namespace: 'shop', service_account: 'orders' } });
    const token = (namespace: string, serviceAccount: string): WorkloadIdentity => ({
      ...base,
      source: 'kubernetes',
      kubernetes: { namespace, serviceAccount },
    });
    expect([
      mayHave(profile, token('shop', 'orders')),
      mayHave(profile, token('shop', 'billing')),
      mayHave(profile, token('other', 'orders')),
      mayHave(profile, spiffe('spiffe://x/ns/shop/sa/orders')),
    ]).toEqual([true, false, false, false]);
  });

  test('a JWT rule needs the issuer and every claim', () => {
    const profile = allowing({
      jwt: { issuer: 'https://issuer.example', claims: { sub: 'orders', groups: 'writers' } },
    });
    const token = (issuer: string, claims: Record<string, unknown>): WorkloadIdentity => ({
      ...base,
      source: 'jwt',
      jwt: { issuer, claims },
    });
    expect(mayHave(profile, token('https://issuer.example', { sub: 'orders', groups: ['readers', 'writers'] }))).toBe(
      true,
    );
    for (const [issuer, claims] of [
      ['https://other.example', { sub: 'orders', groups: 'writers' }],
      ['https://issuer.example', { sub: 'orders' }],
      ['https://issuer.example', { sub: 'orders', groups: ['readers'] }],
      ['https://issuer.example', { sub: ['x'], groups: 'writers' }],
    ] as const) {
      expect([issuer, mayHave(profile, token(issuer, claims))]).toEqual([issuer, false]);
    }
    expect(mayHave(allowing({ jwt: { issuer: 'i', claims: { toString: 'x' } } }), token('i', {}))).toBe(false);
  });
});

test('the role is exactly the union of what the profiles give, the right to make keys, and the users that profiles run as', () => {
  const profiles = parseProfiles(
    file(
      {
        ...GOOD,
        role_descriptors: {
          a: { cluster: ['monitor'], indices: [{ names: ['a'], privileges: ['read'] }] },
          b: { indices: [{ names: ['a'], privileges: ['read'] }] },
        },
      },
      {
        ...GOOD,
        name: 'other',
        role_descriptors: { c: { applications: [{ application: 'kibana', privileges: ['read'], resources: ['*'] }] } },
      },
      { ...GOOD, name: 'as-user', run_as: 'keys-user', role_descriptors: { d: { cluster: ['manage_ilm'] } } },
    ),
  );
  expect(roleFor(profiles, undefined)).toEqual({
    cluster: ['manage_own_api_key', 'monitor'],
    indices: [{ names: ['a'], privileges: ['read'] }],
    applications: [{ application: 'kibana', privileges: ['read'], resources: ['*'] }],
    run_as: ['keys-user'],
  });
  expect(roleFor(profiles, 'keys-user')).toEqual({
    cluster: ['manage_own_api_key', 'manage_ilm'],
    indices: [],
    applications: [],
    run_as: [],
  });
});
