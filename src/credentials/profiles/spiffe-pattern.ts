/**
 * Whether a SPIFFE id matches a pattern in which one `*` a segment stands for any characters of that segment. The whole
 * id has to match, the trust domain literally. Linear in the length of both.
 */
export function matchesSpiffePattern(pattern: string, id: string): boolean {
  const wanted = pattern.split('/');
  const given = id.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((segment, index) => matchesSegment(segment, given[index] ?? '', index))
  );
}

/** `spiffe:`, an empty part and the trust domain. */
const LITERAL_SEGMENTS = 3;

function matchesSegment(pattern: string, given: string, index: number): boolean {
  const star = index < LITERAL_SEGMENTS ? -1 : pattern.indexOf('*');
  if (star < 0) return pattern === given;
  const start = pattern.slice(0, star);
  const end = pattern.slice(star + 1);
  return (
    given.length > 0 && given.length >= start.length + end.length && given.startsWith(start) && given.endsWith(end)
  );
}
