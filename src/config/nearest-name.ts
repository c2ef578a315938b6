/** A hint such as `; did you mean ttl?` when a known name is close enough to a misspelt one; empty when none is. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const near = nearestName(name, known, Math.max(2, Math.floor(name.length / 6)));
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** The known name with the fewest edits from a misspelt one, when they are not more than `limit`. */
export function nearestName(name: string, known: Iterable<string>, limit: number): string | undefined {
  if (name.length > 128) return undefined;
  const ranked = [...known]
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= limit ? best.candidate : undefined;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
