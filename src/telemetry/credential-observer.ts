export type LeaseEvent = 'issued' | 'renewed' | 'rotated' | 'retired' | 'revoked';

/** How a poll of a sidecar ended. */
export type PollOutcome = 'new' | 'unchanged' | 'not_ready' | 'denied' | 'closed' | 'failed';

/** What makes the service call Elasticsearch for sidecars. An unchanged poll never does. */
export type UpstreamCause = 'poll' | 'lease' | 'retire' | 'check' | 'fit';

/** What one replica holds for a profile. */
export interface ProfileGauges {
  /** Living keys made here that are handed out. */
  live: number;
  /** Replaced ones that are not dead yet. */
  retiring: number;
  /** Envoys seen lately. */
  instances: number;
  /** Of these, the ones that have not come back with the present key. */
  lagging: number;
}

/** Is told what happens to credentials of sidecars; the observability folder makes metrics and log lines of it. */
export abstract class CredentialObserver {
  abstract profilesLoaded(names: readonly string[]): void;
  /** The file is bad or gone and the profiles from before stay in force. */
  abstract profilesRejected(problem: string): void;
  /** @param problem why keys of the profile cannot be made as it says; undefined = they can. */
  abstract profileChecked(profile: string, problem: string | undefined): void;
  /** @param profile a name of the configuration. */
  abstract leaseChanged(profile: string, event: LeaseEvent, count: number): void;
  abstract polled(profile: string, outcome: PollOutcome): void;
  abstract upstreamCaused(cause: UpstreamCause): void;
  abstract profileGauges(profile: string, gauges: ProfileGauges): void;
  /** Something in the background failed and is tried again. */
  abstract backgroundFailed(what: string, code: string): void;
}
