/** Watches a GitLab while it runs jobs, and measures how late its counts are. */
import { type LagMeter, lagMeter, type Lags, type Left } from './lags.ts';
import { type GitLabReader, GitLabProbeError } from './reader.ts';

export interface WatchOptions {
  readonly reader: GitLabReader;
  readonly stepMs: number;
  /** By `now`. */
  readonly endAt: number;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Readings in a row that may fail. */
const MOST_FAILURES = 10;

/** How often a job that has left the list is asked for its start: a replica may not know it yet. */
const MOST_TRIES = 5;

interface Asked {
  readonly left: Left;
  readonly tries: number;
}

/**
 * Ends at `endAt` or when it is stopped.
 *
 * @throws GitLabProbeError when the first reading fails, or ten in a row
 */
export async function watchGitLab(options: WatchOptions): Promise<Lags> {
  const { reader, now, wait, signal, say, stepMs, endAt } = options;
  const meter = lagMeter();
  let asked: readonly Asked[] = [];
  // The first one shows whether anything can be measured.
  let failures = MOST_FAILURES;
  try {
    while (now() < endAt) {
      try {
        const left = meter.see(await reader.read(signal)).map((each) => ({ left: each, tries: 0 }));
        asked = await startsOf([...asked, ...left]);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (!(error instanceof GitLabProbeError) || failures > MOST_FAILURES) throw error;
        meter.miss();
        say(error.message);
      }
      await wait(stepMs);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return meter.result();

  async function startsOf(jobs: readonly Asked[]): Promise<readonly Asked[]> {
    const again: Asked[] = [];
    for (const { left, tries } of jobs) {
      const startedAt = await reader.startOf(left.job, signal);
      if (startedAt !== undefined) note(meter, left, startedAt);
      else if (tries + 1 < MOST_TRIES) again.push({ left, tries: tries + 1 });
    }
    return again;
  }

  function note(to: LagMeter, left: Left, startedAt: number): void {
    to.started(left, startedAt);
    say(
      `job ${left.job}: no longer pending ${((left.at - startedAt) / 1000).toFixed(1)} s after its start`,
    );
  }
}
