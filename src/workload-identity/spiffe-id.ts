export interface SpiffeId {
  /** The whole id, as it was written. */
  id: string;
  trustDomain: string;
}

const FORM = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/[A-Za-z0-9._-]+)+)$/;
const MAX_LENGTH = 2048;

/**
 * Takes a SPIFFE id of a workload only in its one canonical form (SPIFFE-ID, section 2): lower-case trust domain, a
 * path without dot segments, nothing escaped, no port, query or fragment. Two texts that differ are two workloads.
 */
export function parseSpiffeId(text: string): SpiffeId | undefined {
  const match = text.length > MAX_LENGTH ? null : FORM.exec(text);
  const [, trustDomain, path] = match ?? [];
  if (trustDomain === undefined || path === undefined) return undefined;
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) return undefined;
  return { id: text, trustDomain };
}
