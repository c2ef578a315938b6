import { jest } from '@jest/globals';
import type { CredentialObserver } from '../../src/telemetry/credential-observer.js';
import { parseProfiles } from '../../src/config/profiles/parse-profiles.js';
import type { Profile } from '../../src/config/profiles/profile.js';
import type { Settings } from '../../src/config/settings.js';
import type { ServiceCallOptions, ServiceGateway } from '../../src/elasticsearch/service-gateway.js';
import { Secret } from '../../src/redaction/secret.js';
import { ServiceError } from '../../src/errors/service-error.js';
import type { Auditor } from '../../src/audit/auditor.js';
import { bindingOf, type Holder } from '../../src/credentials/keys/holder.js';
import { KeyKeeper } from '../../src/credentials/keys/key-keeper.service.js';
import type { KeyMaker } from '../../src/credentials/keys/key-maker.service.js';
import { KeyPool } from '../../src/credentials/keys/key-pool.js';
import type { LiveKey } from '../../src/credentials/keys/live-key.js';
import { Revocations } from '../../src/credentials/keys/revocations.js';
import { Wakeups } from '../../src/credentials/keys/wakeups.js';
import type { ProfileStore } from '../../src/credentials/profiles/profile-store.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

function profileOf(name: string, changes: Record<string, unknown> = {}): Profile {
  const [profile] = parseProfiles(
    JSON.stringify({
      profiles: [
        {
          name,
          role_descriptors: { w: { indices: [{ names: ['a'], privileges: ['read'] }] } },
          ttl: '15m',
          ...changes,
        },
      ],
    }),
  );
  if (profile === undefined) throw new Error('no profile');
  return profile;
}

/** The keeper over a pool whose keys are made up, and an Elasticsearch that refuses to act for some users. */
class Workshop {
  readonly refused = new Set<string>();
  readonly ended: string[] = [];
  readonly labels: string[] = [];
  readonly profiles = new Map<string, Profile>();
  readonly pool: KeyPool;
  readonly keeper: KeyKeeper;
  private made = 0;

  constructor() {
    const wakeups = new Wakeups();
    const revocations = new Revocations(wakeups);
    this.pool = new KeyPool(
      {
        make: (holder: Holder, profile: Profile) => Promise.resolve(this.keyOf(holder, profile)),
      } as unknown as KeyMaker,
      revocations,
      wakeups,
    );
    const store = {
      find: (name: string) => this.profiles.get(name),
      all: () => [...this.profiles.values()],
    } as unknown as ProfileStore;
    const gateway = {
      invalidateOwnKeys: (_grant: unknown, ids: readonly string[], options: ServiceCallOptions) =>
        this.end(ids, options),
    } as unknown as ServiceGateway;
    const audit = { noteOwnWork: () => Promise.resolve() } as unknown as Auditor;
    const observer = {
      leaseChanged: (label: string) => this.labels.push(label),
      profileGauges: () => undefined,
      upstreamCaused: () => undefined,
      backgroundFailed: () => undefined,
    } as unknown as CredentialObserver;
    this.keeper = new KeyKeeper(this.pool, store, revocations, gateway, audit, observer, {
      profilesFile: 'profiles.yaml',
    } as Settings);
  }

  /** A key of the profile that another one has taken over from. @returns its id. */
  async replaced(profile: Profile): Promise<string> {
    const holder = {
      profile: profile.name,
      workload: { source: 'jwt', subject: 's', validUntilMs: Number.MAX_SAFE_INTEGER },
    } as Holder;
    this.profiles.set(profile.name, profile);
    const { id } = await this.pool.ensure(holder, profile, 'poll');
    await this.pool.ensure(holder, { ...profile, digest: 'another' }, 'poll');
    this.pool
      .stateOf(holder)
      .instances.seen({ key: 'one', nodeId: 'one', reported: id, gone: () => false }, Date.now());
    return id;
  }

  private keyOf(holder: Holder, profile: Profile): LiveKey {
    this.made += 1;
    const expiresMs = Date.now() + profile.ttlMs;
    return {
      id: `key-${this.made}`,
      encoded: new Secret('x'),
      expiresMs,
      firstExpiresMs: expiresMs,
      lifeMs: profile.ttlMs,
      binding: bindingOf(holder, profile),
      profile: profile.name,
      overRest: false,
      ...(profile.runAs !== undefined && { runAs: profile.runAs }),
    };
  }

  private async end(ids: readonly string[], { runAs = '' }: ServiceCallOptions): Promise<void> {
    if (this.refused.has(runAs)) throw new ServiceError('service-identity.insufficient', 'no');
    this.ended.push(...ids);
  }
}

describe('the end of replaced keys', () => {
  let workshop: Workshop;

  beforeEach(() => {
    jest.useFakeTimers();
    workshop = new Workshop();
    workshop.keeper.onApplicationBootstrap();
  });
  afterEach(async () => {
    await workshop.keeper.onApplicationShutdown();
    jest.useRealTimers();
  });

  test('a user that the service can no longer act for does not keep the keys of others alive, and is tried again', async () => {
    const changes = { retire_grace: '2s' };
    const broken = await workshop.replaced(profileOf('broken', { ...changes, run_as: 'nobody' }));
    const sound = await workshop.replaced(profileOf('sound', changes));
    workshop.refused.add('nobody');
    await jest.advanceTimersByTimeAsync(4 * SECOND);
    expect(workshop.ended).toEqual([sound]);
    workshop.refused.clear();
    await jest.advanceTimersByTimeAsync(8 * SECOND);
    expect(workshop.ended).toEqual([sound, broken]);
  });

  test('a profile that is taken out of the file leaves nothing behind: its replaced keys are ended, and in the end nothing of it is kept', async () => {
    const old = await workshop.replaced(profileOf('gone', { retire_grace: '1h' }));
    workshop.profiles.clear();
    await jest.advanceTimersByTimeAsync(6 * MINUTE);
    expect([workshop.ended, workshop.labels]).toEqual([[old], ['other']]);
    await jest.advanceTimersByTimeAsync(10 * MINUTE);
    expect([...workshop.pool.all()]).toEqual([]);
  });
});
