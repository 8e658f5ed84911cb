/**
 * Damerau–Levenshtein distance, restricted form (optimal string alignment): insertions, deletions,
 * substitutions and swaps of neighbours. Returns `limit + 1` as soon as it is known to be larger.
 */
export function spellingDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min(
        (previous[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforePrevious[j - 2] ?? 0) + 1);
      row.push(best);
    }
    if (Math.min(...row) > limit) return limit + 1;
    [beforePrevious, previous] = [previous, row];
  }
  return Math.min(previous[b.length] ?? 0, limit + 1);
}

/** How many slips of the hand are believed for a word: none below four letters, one below eight, else two. */
export function believableSlips(word: string): number {
  return word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
}

/** Distance of two words if one may be the other misspelt, else null. Upper and lower case count as one slip. */
export function slipsBetween(a: string, b: string): number | null {
  if (a === b) return 0;
  if (a.length > 253 || b.length > 253) return null;
  const limit = Math.max(believableSlips(a), believableSlips(b));
  if (a.toLowerCase() === b.toLowerCase()) return 1;
  const distance = spellingDistance(a, b, limit);
  return distance <= limit ? distance : null;
}
