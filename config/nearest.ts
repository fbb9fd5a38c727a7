/** What somebody probably meant by an unknown word. */

/** @returns undefined when no known word is near */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const lower = written.toLowerCase();
  const [first] = known
    .map((word) => ({ word, distance: distance(lower, word.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const alike =
    first !== undefined && first.distance <= Math.max(1, Math.floor(written.length / 3));
  return alike ? first.word : undefined;
}

/** A word that leaves out the beginning or the end of another one counts as near to it. */
function distance(written: string, known: string): number {
  const part = written.length > 3 && (known.startsWith(written) || known.endsWith(written));
  return part ? 1 : editDistance(written, known);
}

/** Fewest insertions, deletions and replacements of a letter that turn one word into the other. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(a).entries()) {
    const next = [index + 1];
    for (const [column, other] of Array.from(b).entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
