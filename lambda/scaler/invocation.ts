/** One invocation: one pass, after which what went wrong in it is thrown. */
import type { Clock } from './clock.ts';
import type { Heard, PassOptions, PassResult } from './pass.ts';

/** Kept back from the function's time limit, to report. */
const RESERVE_MS = 2_000;

export interface InvocationOptions {
  readonly reconcile: (options: PassOptions) => Promise<PassResult>;
  /** Milliseconds this invocation may take, by the function's time limit. */
  readonly remainingMs: number;
  /** What the pass is about. Default: it is the schedule's, about all there is. */
  readonly heard?: Heard | undefined;
  /** Called after the pass of the schedule, whatever became of it. */
  readonly onScheduled: (beganAt: number, result: PassResult | undefined) => Promise<void>;
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

/** As of its pass; see `PassResult`. */
export type InvocationResult = Pick<PassResult, 'timed' | 'fleets' | 'left'>;

/**
 * @throws InvocationError that lists every problem, each once
 * @throws FleetError when the fleets could not be described
 */
export async function invoke(options: InvocationOptions): Promise<InvocationResult> {
  const { reconcile, remainingMs, heard, onScheduled, clock } = options;
  const beganAt = clock.now();
  let result: PassResult | undefined;
  try {
    result = await reconcile({ heard, budgetMs: remainingMs - RESERVE_MS });
  } finally {
    if (heard === undefined) await onScheduled(beganAt, result);
  }
  const { problems, timed, fleets, left } = result;
  if (problems.length > 0) throw new InvocationError([...new Set(problems)]);
  return { timed, fleets, left };
}
