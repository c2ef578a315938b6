import { statusOf, toInstant, type KeyStatus } from '../model/key-model.js';
import { serviceMetadataOf } from '../model/service-metadata.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';

/**
 * - `grace`: both keys live, and the end of the old one is set.
 * - `incomplete`: both keys live, and nothing ends the old one: a step failed, or the service died between two steps.
 * - `overdue`: the time of grace is over, and the old key, whose end nobody could set, still lives.
 * - `finalized`: the old key has ended, the new one lives, or did so then and has ended since.
 * - `cancelled`: the new key was invalidated, the old one lives.
 * - `abandoned`: the new key was invalidated without a cancel, and the old one still ends with the grace.
 * - `failed`: neither lives and the new one ended first, or the new one expired first.
 */
export const ROTATION_STATES = [
  'grace',
  'incomplete',
  'overdue',
  'finalized',
  'cancelled',
  'abandoned',
  'failed',
] as const;

export type RotationState = (typeof ROTATION_STATES)[number];

/**
 * By whom a rotation is carried out: the owner of the key, the service that owns it, or the holder of its secret by
 * cloning it.
 */
export const ROTATION_WAYS = ['owner', 'service', 'clone'] as const;

export type RotationWay = (typeof ROTATION_WAYS)[number];

/** What sees to it that the old key ends: its own expiration, a note that the service keeps, or nothing. */
export type GraceKeeper = 'elasticsearch' | 'service' | 'nobody';

export interface RotatedKeyState {
  id: string;
  status: KeyStatus | 'gone';
  expires_at: string | null;
}

export interface Rotation {
  id: string;
  state: RotationState;
  way: RotationWay;
  started_at: string;
  grace_ends_at: string;
  old_key: RotatedKeyState;
  new_key: RotatedKeyState;
}

/** Elasticsearch counts an expiration from when it gets the request, in whole seconds. */
export const END_TOLERANCE_MS = 30_000;

/** How a rotation stands, from its two keys alone. @param old undefined once Elasticsearch has removed it. */
export function rotationOf(old: ElasticsearchKey | undefined, successor: ElasticsearchKey, now = Date.now()): Rotation {
  const {
    rotation_started: started = successor.creation,
    grace_until: graceUntil = started,
    replaces = '',
  } = serviceMetadataOf(successor.metadata);
  return {
    id: successor.id,
    state: stateOf(old, successor, graceUntil, now),
    way: wayOf(successor),
    started_at: new Date(started).toISOString(),
    grace_ends_at: new Date(graceUntil).toISOString(),
    old_key: { id: replaces, ...keyState(old, now) },
    new_key: { id: successor.id, ...keyState(successor, now) },
  };
}

/** The end that was to be set is set, or comes by itself before. */
export function endIsSet(old: ElasticsearchKey, graceUntil: number): boolean {
  return old.expiration !== undefined && old.expiration <= graceUntil + END_TOLERANCE_MS;
}

export function wayOf(successor: ElasticsearchKey): RotationWay {
  const { way } = serviceMetadataOf(successor.metadata);
  return ROTATION_WAYS.find((known) => known === way) ?? 'owner';
}

function stateOf(
  old: ElasticsearchKey | undefined,
  successor: ElasticsearchKey,
  graceUntil: number,
  now: number,
): RotationState {
  const oldLives = old !== undefined && statusOf(old, now) === 'active';
  const newStatus = statusOf(successor, now);
  if (!oldLives) return newStatus === 'active' || endedFirst(old, successor) ? 'finalized' : 'failed';
  if (newStatus === 'invalidated') return stillEnds(old, successor, graceUntil) ? 'abandoned' : 'cancelled';
  if (newStatus === 'expired') return 'failed';
  if (endIsSet(old, graceUntil)) return 'grace';
  if (now > graceUntil) return 'overdue';
  return wayOf(successor) === 'clone' ? 'grace' : 'incomplete';
}

/** A cancel takes the link away together with the end. */
function stillEnds(old: ElasticsearchKey, successor: ElasticsearchKey, graceUntil: number): boolean {
  const linked = serviceMetadataOf(old.metadata).replaced_by === successor.id;
  return linked && endIsSet(old, graceUntil) && old.expiration !== serviceMetadataOf(successor.metadata).old_expiration;
}

/** Elasticsearch removes keys some time after their end, so one that is gone ended before one that is still there. */
function endedFirst(old: ElasticsearchKey | undefined, successor: ElasticsearchKey): boolean {
  return old === undefined || endOf(old) <= endOf(successor);
}

function endOf({ invalidated, invalidation, expiration = Infinity }: ElasticsearchKey): number {
  return Math.min(invalidated ? (invalidation ?? Infinity) : Infinity, expiration);
}

function keyState(key: ElasticsearchKey | undefined, now: number): Omit<RotatedKeyState, 'id'> {
  if (key === undefined) return { status: 'gone', expires_at: null };
  return { status: statusOf(key, now), expires_at: toInstant(key.expiration ?? null) };
}
