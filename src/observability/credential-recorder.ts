import type { Registry } from 'prom-client';
import {
  CredentialObserver,
  type LeaseEvent,
  type PollOutcome,
  type ProfileGauges,
  type UpstreamCause,
} from '../telemetry/credential-observer.js';
import { safeText } from '../redaction/safe-text.js';
import { CredentialMetrics } from './credential-metrics.js';
import type { Logger } from './log.js';

/** Counts what happens to credentials of sidecars, and says in the log what an operator has to know. */
export class CredentialRecorder extends CredentialObserver {
  private readonly metrics: CredentialMetrics;
  private readonly problems = new Map<string, string>();

  constructor(
    private readonly logger: Logger,
    registry: Registry,
  ) {
    super();
    this.metrics = new CredentialMetrics(registry);
  }

  override profilesLoaded(names: readonly string[]): void {
    this.metrics.profilesLoaded();
    for (const [name, problem] of this.problems) {
      if (names.includes(name)) this.metrics.profileChecked(name, problem === '');
      else this.problems.delete(name);
    }
    this.logger.info({ profiles: names }, 'credential profiles are in force');
  }

  override profilesRejected(problem: string): void {
    this.metrics.profilesRejected();
    this.logger.error(
      { problem: safeText(problem) },
      'the profiles file is not in force: it cannot be used, and the profiles from before go on',
    );
  }

  override profileChecked(profile: string, problem: string | undefined): void {
    this.metrics.profileChecked(profile, problem === undefined);
    const before = this.problems.get(profile);
    this.problems.set(profile, problem ?? '');
    if (problem !== undefined && problem !== before) {
      this.logger.error(
        { profile, problem: safeText(problem) },
        'a credential profile does not fit under the service identity and gives out nothing; GET ' +
          '/v1/credentials/_role prints the role that is needed',
      );
    } else if (problem === undefined && before) {
      this.logger.info({ profile }, 'the credential profile fits now');
    }
  }

  override leaseChanged(profile: string, event: LeaseEvent, count: number): void {
    this.metrics.leaseChanged(profile, event, count);
  }

  override polled(profile: string, outcome: PollOutcome): void {
    this.metrics.polled(profile, outcome);
  }

  override upstreamCaused(cause: UpstreamCause): void {
    this.metrics.upstreamCaused(cause);
  }

  override profileGauges(profile: string, gauges: ProfileGauges): void {
    this.metrics.profileGauges(profile, gauges);
  }

  override backgroundFailed(what: string, code: string): void {
    this.metrics.backgroundFailed(what);
    this.logger.warn({ what, code }, 'background work for sidecars failed and is tried again');
  }
}
