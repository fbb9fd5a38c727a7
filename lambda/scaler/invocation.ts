/**
 * One invocation: a look at every fleet, and, while some are busy, further looks at those few until
 * the next invocation is due. A quiet invocation is one look and ends in milliseconds, and so does one
 * that an event asked for, unless its counts are visibly older than the groups.
 */
import type { Clock } from './clock.ts';
import type { LookOptions, LookResult, Selection } from './look.ts';

/** The schedule's period: the looping ends before the next invocation begins. */
export const PERIOD_MS = 60_000;

/** A repeated look that would have less time than this is left to the next invocation. */
export const LEAST_BUDGET_MS = 5_000;

/** A look that an event asked for and that found old counts is followed by another one after so long. */
export const LAG_MS = 10_000;

/** Kept back from the function's time limit, to report. */
const RESERVE_MS = 2_000;

export interface InvocationOptions {
  readonly look: (options: LookOptions) => Promise<LookResult>;
  readonly clock: Clock;
  /** Milliseconds between the starts of two looks while busy; 0 means one look only. */
  readonly busyIntervalMs: number;
  /** Milliseconds this invocation may take, by the function's time limit. */
  readonly remainingMs: number;
  /** An event about one of these fleets asks for one look. Default: a look, and more while busy. */
  readonly about?: Selection | undefined;
}

/** Thrown after every fleet was served, so that a failed class shows as a failed invocation. */
export class InvocationError extends Error {
  override readonly name = 'InvocationError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}: ${problems.join(' | ')}`,
    );
    this.problems = problems;
  }
}

export interface InvocationResult {
  readonly looks: number;
  /** As of the last look; see `LookResult`. */
  readonly timed: boolean;
}

/**
 * @throws InvocationError that lists every problem of every look, each once
 * @throws FleetError when the fleets could not be described
 */
export async function invoke(options: InvocationOptions): Promise<InvocationResult> {
  const { look, clock, about } = options;
  const busyIntervalMs = about === undefined ? options.busyIntervalMs : 0;
  const startedAt = clock.now();
  const endsAt = startedAt + options.remainingMs - RESERVE_MS;
  const problems = new Set<string>();
  let only: Selection | undefined;
  let looks = 0;

  for (let at = startedAt; ;) {
    const {
      busy,
      timed,
      lagging,
      problems: found,
    } = await look({ only, about, budgetMs: endsAt - clock.now() });
    looks += 1;
    for (const problem of found) problems.add(problem);
    const hasTime = endsAt - clock.now() >= LAG_MS + LEAST_BUDGET_MS;
    if (about !== undefined && lagging && looks === 1 && hasTime) {
      await clock.wait(LAG_MS);
      continue;
    }
    only = ({ group }) => busy.has(group);
    const next = Math.max(at + busyIntervalMs, clock.now());
    const timeLeft = Math.min(startedAt + PERIOD_MS, endsAt - LEAST_BUDGET_MS) - next;
    if (busyIntervalMs === 0 || busy.size === 0 || timeLeft <= 0) {
      if (problems.size > 0) throw new InvocationError([...problems]);
      return { looks, timed };
    }
    await clock.wait(next - clock.now());
    at = next;
  }
}
