import { Counter, Gauge, type Registry } from 'prom-client';
import type { LeaseEvent, PollOutcome, ProfileGauges, UpstreamCause } from '../telemetry/credential-observer.js';

/**
 * Metrics of credentials for sidecars. Profiles are labels by the names of the configuration only; all others are
 * `other`.
 */
export class CredentialMetrics {
  private readonly leases: Counter<'profile' | 'event'>;
  private readonly polls: Counter<'profile' | 'outcome'>;
  private readonly upstream: Counter<'cause'>;
  private readonly rejections: Counter;
  private readonly rejected: Gauge;
  private readonly fit: Gauge<'profile'>;
  private readonly here: Gauge<'profile' | 'what'>;
  private readonly failures: Counter<'what'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.leases = new Counter({
      name: 'latchkey_leases_total',
      help: 'Leases issued, rotated, renewed, retired after a rotation, and revoked.',
      labelNames: ['profile', 'event'] as const,
      registers,
    });
    this.polls = new Counter({
      name: 'latchkey_sds_polls_total',
      help: 'Polls of Envoys by how they ended.',
      labelNames: ['profile', 'outcome'] as const,
      registers,
    });
    this.upstream = new Counter({
      name: 'latchkey_credentials_upstream_calls_total',
      help: 'Calls to Elasticsearch for sidecars by what caused them; an unchanged poll causes none.',
      labelNames: ['cause'] as const,
      registers,
    });
    this.rejections = new Counter({
      name: 'latchkey_profiles_rejected_total',
      help: 'Times that the profiles file was found bad; the profiles from before stayed in force.',
      registers,
    });
    this.rejected = new Gauge({
      name: 'latchkey_profiles_file_rejected',
      help: '1 while the present profiles file is not in force.',
      registers,
    });
    this.fit = new Gauge({
      name: 'latchkey_profile_fits',
      help: '1 when the service identity holds all rights of the profile, 0 when it does not; absent while unchecked.',
      labelNames: ['profile'] as const,
      registers,
    });
    this.here = new Gauge({
      name: 'latchkey_credentials',
      help:
        'At this replica: living keys, replaced keys that are not dead yet, Envoys seen lately, and Envoys that ' +
        'lag behind a rotation.',
      labelNames: ['profile', 'what'] as const,
      registers,
    });
    this.failures = new Counter({
      name: 'latchkey_credentials_background_failures_total',
      help: 'Failures of background work for sidecars, which is tried again.',
      labelNames: ['what'] as const,
      registers,
    });
    for (const cause of ['poll', 'lease', 'retire', 'check', 'fit'] as const) this.upstream.labels(cause).inc(0);
    this.rejected.set(0);
  }

  profilesLoaded(): void {
    this.rejected.set(0);
    // Of profiles that are gone nothing may stay.
    this.fit.reset();
    this.here.reset();
  }

  profilesRejected(): void {
    this.rejections.inc();
    this.rejected.set(1);
  }

  profileChecked(profile: string, fits: boolean): void {
    this.fit.labels(profile).set(fits ? 1 : 0);
  }

  leaseChanged(profile: string, event: LeaseEvent, count: number): void {
    this.leases.labels(profile, event).inc(count);
  }

  polled(profile: string, outcome: PollOutcome): void {
    this.polls.labels(profile, outcome).inc();
  }

  upstreamCaused(cause: UpstreamCause): void {
    this.upstream.labels(cause).inc();
  }

  profileGauges(profile: string, gauges: ProfileGauges): void {
    for (const [what, value] of Object.entries(gauges)) this.here.labels(profile, what).set(value as number);
  }

  backgroundFailed(what: string): void {
    this.failures.labels(what).inc();
  }
}
