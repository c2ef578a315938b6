import { createHash } from 'node:crypto';
import { UNIT_MS } from '../../config/duration.js';
import type { JsonRecord } from '../../json/json-record.js';
import type { ElasticsearchKey } from '../../elasticsearch/elasticsearch-types.js';
import { summarizeAccess } from './access-summary.js';
import type { KeyKind, KeyKinds, Manager } from './key-kind.js';

export const KEY_STATUSES = ['active', 'expired', 'invalidated'] as const;

export type KeyStatus = (typeof KEY_STATUSES)[number];

/** A key as Latchkey answers it; all kinds share it. */
export interface Key {
  id: string;
  name: string;
  type: KeyKind;
  status: KeyStatus;
  creation: number;
  expiration: number | null;
  invalidation: number | null;
  created_at: string | null;
  expires_at: string | null;
  invalidated_at: string | null;
  expires_in_days: number | null;
  username: string;
  realm: string;
  realm_type: string | null;
  metadata: JsonRecord;
  role_descriptors?: JsonRecord;
  restricted?: boolean;
  limited_by?: JsonRecord[];
  access?: JsonRecord;
  access_summary?: string;
  certificate_identity?: string;
  manager?: Manager;
}

/** The last instant that a Date can hold (ECMAScript, time values). Elasticsearch accepts later expirations. */
const MAX_DATE_MS = 8.64e15;

/** @param now epoch milliseconds, for status and days left. */
export function toKey(key: ElasticsearchKey, kinds: KeyKinds, now = Date.now()): Key {
  const type = kinds.kindOf(key);
  const expiration = key.expiration ?? null;
  const invalidation = key.invalidation ?? null;
  return {
    id: key.id,
    name: key.name,
    type,
    status: statusOf(key, now),
    creation: key.creation,
    expiration,
    invalidation,
    created_at: toInstant(key.creation),
    expires_at: toInstant(expiration),
    invalidated_at: toInstant(invalidation),
    expires_in_days: typeof expiration === 'number' ? Math.max(0, Math.ceil((expiration - now) / UNIT_MS.d)) : null,
    username: key.username,
    realm: key.realm,
    realm_type: key.realm_type ?? null,
    metadata: key.metadata,
    ...(type === 'cross_cluster' ? crossClusterPart(key) : userPart(key)),
    ...(type === 'managed' && { manager: kinds.managerOf(key) }),
  };
}

function userPart({ role_descriptors, limited_by }: ElasticsearchKey): Partial<Key> {
  return { role_descriptors, restricted: Object.keys(role_descriptors).length > 0, ...(limited_by && { limited_by }) };
}

function crossClusterPart({ access = {}, certificate_identity }: ElasticsearchKey): Partial<Key> {
  return {
    access,
    access_summary: summarizeAccess(access),
    ...(certificate_identity !== undefined && { certificate_identity }),
  };
}

export function statusOf(key: Pick<ElasticsearchKey, 'invalidated' | 'expiration'>, now: number): KeyStatus {
  if (key.invalidated) return 'invalidated';
  return key.expiration !== undefined && key.expiration <= now ? 'expired' : 'active';
}

/** Strong entity tag (RFC 9110, section 8.8.3) of what a client can change or see changed; days left do not count. */
export function etagOf(key: Key): string {
  const { expires_in_days: _daysLeft, limited_by: _limitedBy, ...state } = key;
  return `"${createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 22)}"`;
}

/** RFC 3339; null for what is absent, and for ends so far away that no date is. */
export function toInstant(epochMs: number | null): string | null {
  return typeof epochMs === 'number' && Math.abs(epochMs) <= MAX_DATE_MS ? new Date(epochMs).toISOString() : null;
}
