import type { CredentialObserver } from '../../src/telemetry/credential-observer.js';
import { Settings } from '../../src/config/settings.js';
import { RevocationWatch } from '../../src/credentials/keys/revocation-watch.service.js';
import { Revocations } from '../../src/credentials/keys/revocations.js';
import { Wakeups } from '../../src/credentials/keys/wakeups.js';
import type { ProfileFit } from '../../src/credentials/profiles/profile-fit.js';
import type { ProfileStore } from '../../src/credentials/profiles/profile-store.js';
import type { KeyPage } from '../../src/elasticsearch/elasticsearch-types.js';
import type { ServiceGateway } from '../../src/elasticsearch/service-gateway.js';
import { ServiceError } from '../../src/errors/service-error.js';
import { eventually } from '../support/wait.js';

const START = 1_700_000_000_000;
/** More than Elasticsearch's own limit for paging by number; those that one call ends have the same time. */
const KEYS = Array.from({ length: 12_500 }, (_, index) => ({
  id: `k${index}`,
  creation: START + index,
  invalidation: START + Math.floor(index / 2400),
  expiration: 4_000_000_000_000,
  invalidated: true,
}));

interface Body {
  query: {
    bool: {
      filter: Array<{ range?: { invalidation?: { gte?: unknown } } }>;
      must_not?: Array<{ ids: { values: string[] } }>;
    };
  };
  from?: number;
  size: number;
}

/** What Elasticsearch would find, as far as a watch asks. */
function find({ query: { bool }, from = 0, size }: Body): KeyPage {
  const since = bool.filter.map(({ range }) => range?.invalidation?.gte).filter((gte) => typeof gte === 'number');
  const excluded = new Set(bool.must_not?.flatMap(({ ids }) => ids.values));
  const found = KEYS.filter(({ id, invalidation }) => since.every((gte) => invalidation >= gte) && !excluded.has(id));
  return { total: found.length, keys: found.slice(from, from + size), aggregations: {} } as unknown as KeyPage;
}

/** @returns the revocations that a watch learns of, and the bodies of its queries. */
function watching(answer: (body: Body, asked: number) => KeyPage): {
  revocations: Revocations;
  asked: Body[];
  stop: () => void;
} {
  const asked: Body[] = [];
  const revocations = new Revocations(new Wakeups());
  const observer = {
    upstreamCaused: () => undefined,
    backgroundFailed: () => undefined,
  } as unknown as CredentialObserver;
  const settings = Object.assign(new Settings(), { profilesFile: 'some', credentialsCheckMs: 100 });
  const queryKeys = (body: Body): Promise<KeyPage> => new Promise((resolve) => resolve(answer(body, asked.push(body))));
  const watch = new RevocationWatch(
    { queryKeys } as unknown as ServiceGateway,
    revocations,
    { all: () => [{ name: 'many' }] } as unknown as ProfileStore,
    {} as ProfileFit,
    observer,
    settings,
  );
  watch.onApplicationBootstrap();
  return { revocations, asked, stop: () => void watch.onApplicationShutdown() };
}

const unknown = (revocations: Revocations): number => KEYS.filter(({ id }) => !revocations.has(id)).length;

test('a watch learns of all revoked leases, however many', async () => {
  const { revocations, stop } = watching(find);
  await eventually(() => expect(unknown(revocations)).toBe(0));
  stop();
});

test('a look that fails half way is made again from where it began, and only then the next one looks at what is new', async () => {
  const { revocations, asked, stop } = watching((body, count) => {
    if (count === 3) throw new ServiceError('upstream.unavailable', 'gone');
    return find(body);
  });
  await eventually(() => expect(unknown(revocations)).toBe(0));
  const isFirstOfLook = ({ query: { bool } }: Body): boolean => bool.must_not === undefined;
  await eventually(() => expect(asked.filter(isFirstOfLook).length).toBeGreaterThan(2));
  expect(
    asked
      .filter(isFirstOfLook)
      .slice(0, 3)
      .map(({ query }) => JSON.stringify(query).includes('"invalidation":{"gte":"now-')),
  ).toEqual([false, false, true]);
  stop();
});
