/** A rotation that does not go on by itself. */
export interface StuckRotation {
  state: string;
  oldKeyId: string;
  newKeyId: string;
}

export interface KeySample {
  counts: ReadonlyArray<{ type: string; status: string; count: number }>;
  /** Soonest expiry of a live key by its manager's label, epoch milliseconds; absent without one. */
  soonestExpiry: ReadonlyMap<string, number>;
  rotations: ReadonlyMap<string, number>;
}

/**
 * Is told what the service sees of keys from time to time; the observability folder makes metrics and warnings of it.
 */
export abstract class KeyWatchObserver {
  abstract keysSampled(sample: KeySample): void;
  abstract rotationStuck(rotation: StuckRotation): void;
  abstract keyWatchFailed(code: string): void;
  /** Keys that had been ended were alive again. */
  abstract keysRevived(count: number): void;
}
