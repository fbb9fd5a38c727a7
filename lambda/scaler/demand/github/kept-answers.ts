/**
 * What the last good answers said, by their addresses, so that GitHub need not say it again: it answers 304 to a
 * request with the answer's ETag. Only what was read of an answer is kept, and only so much of it.
 */

/** Of each kind, with about half a kilobyte: four lists of runs for each of 2,500 repositories, and the jobs of 10,000 runs. */
export const MOST_KEPT = 10_000;

export interface Kept<Page> {
  readonly etag: string;
  readonly page: Page;
}

export interface KeptAnswers<Page> {
  of(address: string): Kept<Page> | undefined;
  /** Keeps the answer, in place of that which was of no use for longest. */
  keep(address: string, kept: Kept<Page>): void;
}

export function keptAnswers<Page>(most = MOST_KEPT): KeptAnswers<Page> {
  const kept = new Map<string, Kept<Page>>();
  const keep = (address: string, answer: Kept<Page>) => {
    kept.delete(address);
    kept.set(address, answer);
    if (kept.size <= most) return;
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  };

  return {
    keep,
    of(address) {
      const found = kept.get(address);
      if (found !== undefined) keep(address, found);
      return found;
    },
  };
}
