import type { FaultName } from './fake-elasticsearch.js';

/** What a caller is promised when Elasticsearch fails in some way. */
export interface Promised {
  status: number;
  code: string;
  retryAfter?: string;
  /** How often a read is sent. */
  reads?: number;
}

const INVALID: Promised = { status: 502, code: 'upstream.invalid' };
const UNAVAILABLE: Promised = { status: 503, code: 'upstream.unavailable', retryAfter: '1', reads: 2 };
const LATE: Promised = { status: 504, code: 'upstream.timeout' };
const BUSY: Promised = { status: 429, code: 'upstream.busy', retryAfter: '1' };

export const PROMISED: Record<FaultName, Promised> = {
  resetBeforeHeaders: UNAVAILABLE,
  resetAfterHeaders: UNAVAILABLE,
  resetMidBody: UNAVAILABLE,
  resetAfterCommit: UNAVAILABLE,
  neverAnswer: LATE,
  silentAfterHeaders: LATE,
  dribble: LATE,
  busy: BUSY,
  busyWithRetryAfter: { ...BUSY, retryAfter: '7' },
  busyWithAbsurdRetryAfter: BUSY,
  status500: INVALID,
  status502: INVALID,
  status503: UNAVAILABLE,
  status503WithRetryAfter: { ...UNAVAILABLE, retryAfter: '9' },
  status504: LATE,
  redirect: INVALID,
  html500: INVALID,
  truncatedJson: INVALID,
  wrongShape: INVALID,
  arrayInsteadOfObject: INVALID,
  emptyAnswer: INVALID,
  html: INVALID,
  missingProductHeader: INVALID,
  compressed: INVALID,
  oversized: INVALID,
  gzipBomb: INVALID,
};
