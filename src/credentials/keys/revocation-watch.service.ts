import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CredentialObserver } from '../../telemetry/credential-observer.js';
import { Settings } from '../../config/settings.js';
import type { JsonRecord } from '../../json/json-record.js';
import type { KeyPage } from '../../elasticsearch/elasticsearch-types.js';
import { ServiceGateway } from '../../elasticsearch/service-gateway.js';
import { codeOf } from '../../errors/service-error.js';
import { PeriodicTask } from '../../timing/periodic-task.js';
import { ProfileFit } from '../profiles/profile-fit.js';
import { ProfileStore } from '../profiles/profile-store.js';
import { LEASES } from './lease-metadata.js';
import { Revocations } from './revocations.js';
import { walkKeys } from './walk-keys.js';

/** Looks overlap, since a list shows a change after a second only. */
const OVERLAP_S = 10;

/**
 * Finds out which leases were invalidated somewhere else: at another replica, or in Elasticsearch itself. One query
 * every `credentialsCheckMs` (and one for each user that profiles run as), however many sidecars there are; measured by
 * Elasticsearch's clock alone.
 */
@Injectable()
export class RevocationWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly watch: PeriodicTask;
  private readonly lastMs = new Map<string | undefined, number>();

  constructor(
    private readonly gateway: ServiceGateway,
    private readonly revocations: Revocations,
    private readonly store: ProfileStore,
    private readonly fit: ProfileFit,
    private readonly observer: CredentialObserver,
    private readonly settings: Settings,
  ) {
    this.watch = new PeriodicTask({
      run: (signal) => this.look(signal),
      intervalMs: settings.credentialsCheckMs,
      jitter: 0.2,
      atOnce: true,
      onError: (error) => this.failed(error),
    });
  }

  onApplicationBootstrap(): void {
    if (this.settings.profilesFile !== undefined) this.watch.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.watch.stop();
  }

  private async look(signal: AbortSignal): Promise<void> {
    // As a user that the service may not act as, or is not known to, nothing can be asked.
    const usable = this.store
      .all()
      .filter((profile) => profile.runAs === undefined || this.fit.of(profile).state === 'fit');
    for (const runAs of new Set(usable.map((profile) => profile.runAs))) {
      if (signal.aborted) return;
      await this.lookAs(runAs).catch((error: unknown) => this.failed(error));
    }
  }

  private failed(error: unknown): void {
    this.observer.backgroundFailed('looking for revoked keys', codeOf(error));
  }

  private async lookAs(runAs: string | undefined): Promise<void> {
    const startedMs = performance.now();
    const last = this.lastMs.get(runAs);
    const since =
      last === undefined
        ? []
        : [{ range: { invalidation: { gte: `now-${Math.ceil((startedMs - last) / 1000) + OVERLAP_S}s` } } }];
    const conditions = [...LEASES, { term: { invalidated: true } }, { range: { expiration: { gt: 'now' } } }, ...since];
    const read = (query: JsonRecord): Promise<KeyPage> => {
      this.observer.upstreamCaused('check');
      return this.gateway.queryKeys(query, { runAs });
    };
    for await (const keys of walkKeys(read, conditions, 'invalidation')) {
      for (const { id, expiration, invalidated } of keys)
        if (invalidated && expiration !== undefined) this.revocations.add(id, expiration);
    }
    this.lastMs.set(runAs, startedMs);
  }
}
