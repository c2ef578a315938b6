/** One Envoy as this replica knows it. */
export interface Instance {
  nodeId: string;
  /** Id of the key whose version its last poll carried: what it uses. */
  reported?: string;
  /** Id of the key that was sent to it since; it may use it or not. */
  sent?: string;
  firstSeenMs: number;
  lastSeenMs: number;
  /** Polls that are held open now. */
  open: number;
  /** Whether the connection that it polls on is closed; never where that is not known. */
  gone: () => boolean;
  /** Key of the instance that it probably was on an earlier connection. */
  follows: string | undefined;
}

/** What is known of an Envoy from one poll. */
export interface Sighting {
  /** Tells instances apart. */
  key: string;
  nodeId: string;
  /** Id of the key whose version the poll carries, when that version is genuine. */
  reported: string | undefined;
  gone: () => boolean;
}

/** More than this many are not told apart; a key that is handed to one more may not go early. */
const MAX_INSTANCES = 10_000;

/**
 * The Envoys that share a key, and which key each uses. They name themselves, so this decides nothing but how long an
 * old key lives.
 */
export class Instances {
  private readonly known = new Map<string, Instance>();

  /** A poll has come. */
  seen(sighting: Sighting, now: number): Instance | undefined {
    const { key, reported } = sighting;
    const instance = this.known.get(key) ?? this.first(sighting, now);
    this.takePlace(instance);
    if (!this.known.has(key) && this.known.size >= MAX_INSTANCES) return undefined;
    instance.lastSeenMs = now;
    instance.reported = reported;
    instance.sent = undefined;
    this.known.set(key, instance);
    return instance;
  }

  private first(sighting: Sighting, now: number): Instance {
    const { nodeId, gone } = sighting;
    return { nodeId, firstSeenMs: now, lastSeenMs: now, open: 0, gone, follows: this.earlierPlaceOf(sighting) };
  }

  /**
   * The place that the Envoy may have had on an earlier connection. Where several share a name, only what it uses tells
   * which that was.
   */
  private earlierPlaceOf({ nodeId, reported }: Sighting): string | undefined {
    const namesakes = [...this.known].filter(([, other]) => other.nodeId === nodeId);
    const idle = namesakes
      .filter(([, { open }]) => open === 0)
      .sort(([, a], [, b]) => Number(b.gone()) - Number(a.gone()) || b.lastSeenMs - a.lastSeenMs);
    const same = idle.find(([, other]) => reported !== undefined && mayUse(other, reported));
    return (same ?? (namesakes.length === 1 ? idle[0] : undefined))?.[0];
  }

  /**
   * Once the earlier connection is closed, which can take until its other polls are over; not if somebody went on
   * polling on it.
   */
  private takePlace({ follows, firstSeenMs }: Instance): void {
    const earlier = follows === undefined ? undefined : this.known.get(follows);
    if (follows !== undefined && earlier?.open === 0 && earlier.gone() && earlier.lastSeenMs <= firstSeenMs)
      this.known.delete(follows);
  }

  /**
   * Forgets those that are silent and use no key that `held` tells of. Whoever uses such a key stays, however long it
   * is silent: it may poll another replica, which lets it go on with the key.
   */
  forget(timeoutMs: number, now: number, held: (keyId: string) => boolean): void {
    for (const [key, instance] of this.known)
      if (!isLive(instance, timeoutMs, now) && !usesAny(instance, held)) this.known.delete(key);
  }

  all(): Instance[] {
    return [...this.known.values()];
  }

  get size(): number {
    return this.known.size;
  }
}

/** Whether it has polled within `timeoutMs` or is polling now. */
export function isLive({ open, lastSeenMs }: Instance, timeoutMs: number, now: number): boolean {
  return open > 0 || now - lastSeenMs <= timeoutMs;
}

function usesAny({ reported, sent }: Instance, held: (keyId: string) => boolean): boolean {
  return (reported !== undefined && held(reported)) || (sent !== undefined && held(sent));
}

/** Whether an instance may be using a key. */
export function mayUse({ reported, sent }: Instance, keyId: string): boolean {
  return reported === keyId || sent === keyId;
}
