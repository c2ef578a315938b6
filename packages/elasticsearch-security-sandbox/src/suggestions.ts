/** ` did you mean [x]?` for names close to an unknown one; empty when none is. */
export function didYouMean(unknown: string, candidates: Iterable<string>): string {
  const close = [...new Set(candidates)]
    .map((candidate) => ({ candidate, similarity: similarity(unknown, candidate) }))
    .filter((entry) => entry.similarity > 0.5)
    .sort((left, right) => right.similarity - left.similarity || left.candidate.localeCompare(right.candidate))
    .map((entry) => entry.candidate);
  if (close.length === 0) return '';
  return close.length === 1 ? ` did you mean [${close[0]}]?` : ` did you mean any of [${close.join(', ')}]?`;
}

function similarity(left: string, right: string): number {
  const longest = Math.max(left.length, right.length);
  return longest === 0 ? 1 : 1 - editDistance(left, right) / longest;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
