/** One invocation: one look, after which what went wrong in it is thrown. */
import type { Clock } from './clock.ts';
import type { Heard, LookOptions, LookResult } from './look.ts';

/** The schedule's period. */
export const PERIOD_MS = 60_000;

/** Kept back from the function's time limit, to report. */
const RESERVE_MS = 2_000;

export interface InvocationOptions {
  readonly look: (options: LookOptions) => Promise<LookResult>;
  /** Milliseconds this invocation may take, by the function's time limit. */
  readonly remainingMs: number;
  /** What the look is about. Default: it is the schedule's, about all there is. */
  readonly heard?: Heard | undefined;
  /** Called after the look of the schedule, whatever became of it. */
  readonly onScheduled: (beganAt: number, result: LookResult | undefined) => Promise<void>;
  readonly clock: Pick<Clock, 'now'>;
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

/** As of its look; see `LookResult`. */
export type InvocationResult = Pick<LookResult, 'timed' | 'fleets' | 'left'>;

/**
 * @throws InvocationError that lists every problem, each once
 * @throws FleetError when the fleets could not be described
 */
export async function invoke(options: InvocationOptions): Promise<InvocationResult> {
  const { look, remainingMs, heard, onScheduled, clock } = options;
  const beganAt = clock.now();
  let result: LookResult | undefined;
  try {
    result = await look({ heard, budgetMs: remainingMs - RESERVE_MS });
  } finally {
    if (heard === undefined) await onScheduled(beganAt, result);
  }
  const { problems, timed, fleets, left } = result;
  if (problems.length > 0) throw new InvocationError([...new Set(problems)]);
  return { timed, fleets, left };
}
