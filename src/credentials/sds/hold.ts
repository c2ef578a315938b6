/** Envoy's default timeout; a poll with it is not held at all. */
const SHORTEST_TIMEOUT_MS = 1000;
/** For the way back. */
const MARGIN_MS = 500;

/**
 * How long a poll may be held.
 *
 * @param expected `x-envoy-expected-rq-timeout-ms`: the timeout of the nearest Envoy. Without it nothing is known, so
 * nothing is held.
 */
export function holdMs(expected: string | undefined, longestMs: number): number {
  const timeoutMs = /^\d{1,9}$/.test(expected ?? '') ? Number(expected) : SHORTEST_TIMEOUT_MS;
  return timeoutMs <= SHORTEST_TIMEOUT_MS ? 0 : Math.max(0, Math.min(timeoutMs - MARGIN_MS, longestMs));
}
