import { Injectable } from '@nestjs/common';
import { CredentialObserver, type PollOutcome } from '../../telemetry/credential-observer.js';
import { AuditedSecret, type SecretDone } from '../../audit/audited.js';
import type { Profile } from '../../config/profiles/profile.js';
import { Settings } from '../../config/settings.js';
import { ServiceError } from '../../errors/service-error.js';
import type { AuthorizedWorkload } from '../../identity/request-context.js';
import { bindingOf, holderOf, type Holder } from '../keys/holder.js';
import type { Instance, Sighting } from '../keys/instances.js';
import { KeyPool, type HolderState } from '../keys/key-pool.js';
import type { LiveKey } from '../keys/live-key.js';
import { NotYet } from '../keys/not-yet.js';
import { Revocations } from '../keys/revocations.js';
import { holderTopic, keyTopic, profileTopic, Wakeups } from '../keys/wakeups.js';
import { ProfileFit } from '../profiles/profile-fit.js';
import { ProfileStore } from '../profiles/profile-store.js';
import { holdMs } from './hold.js';
import type { DiscoveryResponse, SecretQuestion } from './sds.dto.js';
import { secretAnswer } from './secret-answer.js';
import { versionDueMs, Versions, type Version } from './version.service.js';

const RETRY_MS = 1000;

/** An answer that gives a key to an Envoy. */
interface Delivery {
  keyId: string;
  response: DiscoveryResponse;
}

interface Poll {
  caller: AuthorizedWorkload;
  question: SecretQuestion;
  version: Version | undefined;
  /** Epoch milliseconds until which the answer may be held back. */
  deadlineMs: number;
}

/**
 * Answers the polls of Envoys. A poll whose version is genuine, for the holder and profile as they are, and not to be
 * replaced yet, is judged from the version alone: it is held and then answered 304, without a call to Elasticsearch,
 * whichever replica made the key. Keys are made beside the polls, never in one.
 */
@Injectable()
export class SdsService {
  constructor(
    private readonly store: ProfileStore,
    private readonly fit: ProfileFit,
    private readonly pool: KeyPool,
    private readonly revocations: Revocations,
    private readonly wakeups: Wakeups,
    private readonly versions: Versions,
    private readonly observer: CredentialObserver,
    private readonly settings: Settings,
  ) {
    store.onChange((names) => names.forEach((name) => wakeups.wake(profileTopic(name))));
  }

  /**
   * Answers undefined when what the Envoy has is still right (304).
   *
   * @throws ServiceError `profile.*`, `credential.*`.
   */
  poll(
    caller: AuthorizedWorkload,
    question: SecretQuestion,
    expectedTimeout: string | undefined,
  ): AuditedSecret<DiscoveryResponse | undefined> {
    return new AuditedSecret({ keyIds: [], profile: question.name }, () =>
      this.watched(caller, question, expectedTimeout),
    );
  }

  private async watched(
    caller: AuthorizedWorkload,
    question: SecretQuestion,
    expectedTimeout: string | undefined,
  ): Promise<SecretDone<DiscoveryResponse | undefined>> {
    const startMs = Date.now();
    // Not beyond the proof of who asks: a certificate or token that ends meanwhile has to be shown anew.
    const deadlineMs = Math.min(
      startMs + holdMs(expectedTimeout, this.settings.sdsHoldMs),
      caller.workload.validUntilMs,
    );
    const label = this.store.find(question.name) === undefined ? 'other' : question.name;
    const delivery = await this.tracked(caller, question, deadlineMs).catch((error: unknown) => {
      this.observer.polled(label, outcomeOf(error));
      throw error;
    });
    return {
      ...(delivery !== undefined && { outcome: { keyIds: [delivery.keyId] } }),
      // The key itself was recorded when it was made.
      undo: () => {
        this.observer.polled(label, 'failed');
        return Promise.resolve(undefined);
      },
      answer: () => {
        this.observer.polled(label, delivery === undefined ? 'unchanged' : 'new');
        return delivery?.response;
      },
    };
  }

  /**
   * Notes which key the instance uses; that it came back with a new one is the acknowledgement that old ones wait for.
   */
  private async tracked(
    caller: AuthorizedWorkload,
    question: SecretQuestion,
    deadlineMs: number,
  ): Promise<Delivery | undefined> {
    const profile = this.store.require(question.name, caller.workload);
    const version = await this.versions.read(question.version);
    const state = this.pool.stateOf(holderOf(profile, caller.workload, question.nodeId, '/node/id'));
    const instance = state.instances.seen(sightingOf(caller, question, version), Date.now());
    if (instance !== undefined) instance.open += 1;
    try {
      return await this.answer({ caller, question, version, deadlineMs }, instance);
    } finally {
      if (instance !== undefined) {
        instance.open -= 1;
        instance.lastSeenMs = Date.now();
      }
    }
  }

  private async answer(poll: Poll, instance: Instance | undefined): Promise<Delivery | undefined> {
    const { caller, question, deadlineMs } = poll;
    for (;;) {
      const profile = this.store.require(question.name, caller.workload);
      const holder = holderOf(profile, caller.workload, question.nodeId, '/node/id');
      const present = this.usable(poll.version, holder, profile);
      const over = Date.now() >= deadlineMs || caller.signal.aborted;
      const dueAt = present === undefined ? 0 : versionDueMs(present, profile);
      if (present !== undefined && Date.now() < dueAt) {
        if (over) return undefined;
        await this.wakeups.sleep(
          [keyTopic(present.keyId), profileTopic(profile.name)],
          Math.min(deadlineMs, dueAt),
          caller.signal,
        );
        continue;
      }
      const key = this.pool.current(holder, profile);
      if (key !== undefined) return this.handOut(question, profile, key, instance);
      if (present === undefined) this.fit.refuseUnfit(profile);
      const failure = await this.waitForKey(poll, holder, profile);
      if (failure === undefined) continue;
      if (present !== undefined && (Date.now() >= deadlineMs || caller.signal.aborted)) return undefined;
      if (Date.now() >= deadlineMs || caller.signal.aborted) throw failure;
      const state = this.pool.stateOf(holder);
      await this.wakeups.sleep(
        [holderTopic(state.id), profileTopic(profile.name)],
        Math.min(deadlineMs, retryAtMs(failure)),
        caller.signal,
      );
    }
  }

  /**
   * The version while what it names may still be used: genuine, for this holder and profile (or what it was, while it
   * does not fit), alive and not revoked.
   */
  private usable(version: Version | undefined, holder: Holder, profile: Profile): Version | undefined {
    if (version === undefined) return undefined;
    const before = this.fit.before(profile);
    if (
      version.binding !== bindingOf(holder, profile) &&
      (before === undefined || version.binding !== bindingOf(holder, before))
    )
      return undefined;
    return version.expiresMs > Date.now() && !this.revocations.has(version.keyId) ? version : undefined;
  }

  /** Has a key made, and waits for it as long as the poll may be held. @returns why there is none. */
  private async waitForKey(
    { deadlineMs, caller }: Poll,
    holder: Holder,
    profile: Profile,
  ): Promise<ServiceError | undefined> {
    const state: HolderState = this.pool.stateOf(holder);
    const topic = holderTopic(state.id);
    let failure: ServiceError | undefined;
    const waiting = this.wakeups.sleep([topic], deadlineMs, caller.signal);
    this.pool.ensure(holder, profile, 'poll').then(
      () => this.wakeups.wake(topic),
      (error: unknown) => {
        failure =
          error instanceof ServiceError
            ? error
            : new ServiceError('credential.not-ready', 'The key could not be made.');
        this.wakeups.wake(topic);
      },
    );
    await waiting;
    if (failure !== undefined || this.pool.current(holder, profile) !== undefined) return failure;
    return new NotYet('credential.not-ready', 'The key is being made.', Date.now() + RETRY_MS);
  }

  private async handOut(
    question: SecretQuestion,
    profile: Profile,
    key: LiveKey,
    instance: Instance | undefined,
  ): Promise<Delivery> {
    const response = secretAnswer(question.name, key, profile, await this.versions.write(key));
    if (response === undefined)
      throw new ServiceError('credential.not-ready', 'The key cannot be handed out in a form that Envoy would take.');
    // From here on the instance counts as one that may use the key, whether the answer arrives or not.
    if (instance === undefined) key.untracked = true;
    else instance.sent = key.id;
    return { keyId: key.id, response };
  }
}

/** A proxy in between shares its connections among many, and then only the name that the Envoy gives itself is left. */
function sightingOf(
  { workload, connection }: AuthorizedWorkload,
  { nodeId = '' }: SecretQuestion,
  version: Version | undefined,
): Sighting {
  const own = workload.source === 'mtls' ? connection : undefined;
  return {
    key: JSON.stringify([nodeId, own?.id ?? null]),
    nodeId,
    reported: version?.keyId,
    gone: () => own?.closed() ?? false,
  };
}

function retryAtMs(failure: ServiceError): number {
  return failure instanceof NotYet ? failure.retryAtMs : Date.now() + RETRY_MS;
}

function outcomeOf(error: unknown): PollOutcome {
  if (!(error instanceof ServiceError)) return 'failed';
  if (error.code === 'profile.denied') return 'denied';
  if (error.code === 'profile.closed') return 'closed';
  return error.code === 'credential.not-ready' ? 'not_ready' : 'failed';
}
