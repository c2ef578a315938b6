import { jest } from '@jest/globals';
import type { CredentialObserver } from '../../src/telemetry/credential-observer.js';
import { parseProfiles } from '../../src/config/profiles/parse-profiles.js';
import type { Settings } from '../../src/config/settings.js';
import { Wakeups } from '../../src/credentials/keys/wakeups.js';
import { ProfileFit } from '../../src/credentials/profiles/profile-fit.js';
import type { ProfileStore } from '../../src/credentials/profiles/profile-store.js';
import type { ServiceGateway } from '../../src/elasticsearch/service-gateway.js';

const MINUTE = 60_000;
const profiles = parseProfiles(
  JSON.stringify({
    profiles: [
      { name: 'orders', role_descriptors: { w: { indices: [{ names: ['a'], privileges: ['read'] }] } }, ttl: '15m' },
    ],
  }),
);

describe('whether a profile fits', () => {
  let missing: () => Promise<string[]>;
  let fit: ProfileFit;

  beforeEach(() => {
    jest.useFakeTimers();
    const store = {
      all: () => profiles,
      find: () => profiles[0],
      onChange: () => undefined,
    } as unknown as ProfileStore;
    const gateway = {
      identity: () => Promise.resolve({ username: 'service' }),
      missingPrivileges: () => missing(),
    } as unknown as ServiceGateway;
    const observer = {
      upstreamCaused: () => undefined,
      profileChecked: () => undefined,
      backgroundFailed: () => undefined,
    } as unknown as CredentialObserver;
    fit = new ProfileFit(store, gateway, new Wakeups(), observer, { profilesFile: 'profiles.yaml' } as Settings);
  });
  afterEach(async () => {
    await fit.onApplicationShutdown();
    jest.useRealTimers();
  });

  const state = (): unknown => profiles.map((profile) => fit.of(profile).state);
  const required = (): Promise<unknown[]> =>
    Promise.all(
      profiles.map((profile) =>
        fit.require(profile).then(
          () => 'made',
          (error: { code: string }) => error.code,
        ),
      ),
    );

  test('is looked at again within minutes though it did, and what Elasticsearch does not answer unsays nothing', async () => {
    missing = () => Promise.resolve([]);
    fit.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(1);
    expect(state()).toEqual(['fit']);
    missing = () => Promise.reject(new Error('away'));
    await jest.advanceTimersByTimeAsync(6 * MINUTE);
    expect([state(), await required()]).toEqual([['fit'], ['made']]);
    missing = () => Promise.resolve(['read on a']);
    await jest.advanceTimersByTimeAsync(6 * MINUTE);
    expect([state(), await required()]).toEqual([['unfit'], ['profile.unfit']]);
  });

  test('is waited for by whoever wants a key, but not for ever', async () => {
    let answer: (names: string[]) => void = () => undefined;
    missing = () => new Promise((resolve) => (answer = resolve));
    fit.onApplicationBootstrap();
    const impatient = required();
    await jest.advanceTimersByTimeAsync(5001);
    expect(await impatient).toEqual(['credential.not-ready']);
    const waiting = required();
    await jest.advanceTimersByTimeAsync(1000);
    answer([]);
    expect(await waiting).toEqual(['made']);
  });
});
