import { createHash } from 'node:crypto';
import type { Profile } from '../../config/profiles/profile.js';
import type { Secret } from '../../redaction/secret.js';

/** A key that this replica made, with its secret; nowhere else is there one. */
export interface LiveKey {
  id: string;
  /** base64 of id:api_key. */
  encoded: Secret;
  /** Epoch milliseconds, by Elasticsearch's clock. */
  expiresMs: number;
  /** The end that it was made with; renewals do not move it, so that its version and its point of rotation stay. */
  firstExpiresMs: number;
  lifeMs: number;
  /** What the version of it is bound to; another binding means another holder or another profile. */
  binding: string;
  runAs?: string;
  profile: string;
  /**
   * Handed out over REST as well, where nobody tells when it is no longer used: it may only end by itself or by a
   * revocation.
   */
  overRest: boolean;
  /** Handed to an Envoy that there was no room to remember, so that nobody knows when all have left it. */
  untracked?: true;
}

/**
 * When a key is to be replaced. All replicas come to the same point for a key, and keys do not all come to it at once.
 */
export function dueMs(
  { id, expiresMs, lifeMs }: { id: string; expiresMs: number; lifeMs: number },
  { rotateAt }: Profile,
): number {
  const spread = createHash('sha256').update(id).digest().readUInt32BE() / 0x1_0000_0000;
  const share = rotateAt.from + (rotateAt.to - rotateAt.from) * spread;
  return expiresMs - Math.round(lifeMs * (1 - share));
}
