/**
 * One invocation: a look at every fleet, and, while some are busy, further looks at those few until
 * the next invocation is due. A quiet invocation is one look and ends in milliseconds, and so does one
 * that an event asked for.
 */
import type { Clock } from './clock.ts';
import type { Heard, LookOptions, LookResult, Selection } from './look.ts';

/** The schedule's period: the looping ends before the next invocation begins. */
export const PERIOD_MS = 60_000;

/** A repeated look that would have less time than this is left to the next invocation. */
export const LEAST_BUDGET_MS = 5_000;

/** Kept back from the function's time limit, to report. */
const RESERVE_MS = 2_000;

export interface InvocationOptions {
  readonly look: (options: LookOptions) => Promise<LookResult>;
  readonly clock: Clock;
  /** Milliseconds between the starts of two looks while busy; 0 means one look only. */
  readonly busyIntervalMs: number;
  /** Milliseconds this invocation may take, by the function's time limit. */
  readonly remainingMs: number;
  /** What machines have told asks for one look. Default: a look, and more while busy. */
  readonly heard?: Heard | undefined;
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
  /** As of the first look, as is `left`; see `LookResult`. */
  readonly fleets: number;
  readonly left: number;
}

/**
 * @throws InvocationError that lists every problem of every look, each once
 * @throws FleetError when the fleets could not be described
 */
export async function invoke(options: InvocationOptions): Promise<InvocationResult> {
  const { look, clock, heard } = options;
  const busyIntervalMs = heard === undefined ? options.busyIntervalMs : 0;
  const startedAt = clock.now();
  const endsAt = startedAt + options.remainingMs - RESERVE_MS;
  const problems = new Set<string>();
  let only: Selection | undefined;
  let looks = 0;
  let first = { fleets: 0, left: 0 };

  for (let at = startedAt; ;) {
    const {
      busy,
      timed,
      fleets,
      left,
      problems: found,
    } = await look({ only, heard, budgetMs: endsAt - clock.now() });
    if (looks === 0) first = { fleets, left };
    looks += 1;
    for (const problem of found) problems.add(problem);
    only = ({ group }) => busy.has(group);
    const next = Math.max(at + busyIntervalMs, clock.now());
    const timeLeft = Math.min(startedAt + PERIOD_MS, endsAt - LEAST_BUDGET_MS) - next;
    if (busyIntervalMs === 0 || busy.size === 0 || timeLeft <= 0) {
      if (problems.size > 0) throw new InvocationError([...problems]);
      return { looks, timed, ...first };
    }
    await clock.wait(next - clock.now());
    at = next;
  }
}
