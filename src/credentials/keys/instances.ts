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

/** More than this many are not told apart; whoever is left out has no say in when an old key may go. */
const MAX_INSTANCES = 10_000;

/** The Envoys that share a key, and which key each uses. They name themselves, so this decides nothing but how long an old key lives. */
export class Instances {
  private readonly known = new Map<string, Instance>();

  /** A poll has come. */
  seen({ key, nodeId, reported, gone }: Sighting, now: number): Instance | undefined {
    const instance = this.known.get(key) ?? this.first(nodeId, gone, now);
    if (instance === undefined) return undefined;
    instance.lastSeenMs = now;
    instance.reported = reported;
    instance.sent = undefined;
    this.known.set(key, instance);
    return instance;
  }

  /** An Envoy on a new connection takes the place of one of the same name whose connection is closed. */
  private first(nodeId: string, gone: () => boolean, now: number): Instance | undefined {
    for (const [key, other] of this.known) if (other.nodeId === nodeId && other.open === 0 && other.gone()) this.known.delete(key);
    return this.known.size < MAX_INSTANCES ? { nodeId, firstSeenMs: now, lastSeenMs: now, open: 0, gone } : undefined;
  }

  /** Those that have polled within `timeoutMs` or are polling now; the others are forgotten. */
  live(timeoutMs: number, now: number): Instance[] {
    for (const [key, instance] of this.known) if (instance.open === 0 && now - instance.lastSeenMs > timeoutMs) this.known.delete(key);
    return [...this.known.values()];
  }

  get size(): number {
    return this.known.size;
  }
}

/** Whether an instance may be using a key. */
export function mayUse({ reported, sent }: Instance, keyId: string): boolean {
  return reported === keyId || sent === keyId;
}
