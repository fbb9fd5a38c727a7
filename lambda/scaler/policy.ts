/**
 * The scaling rule, and nothing else: from what was observed to the desired capacity.
 *
 *     occupied = min(running + finishing, serving)
 *     want     = clamp(max(unclaimed + occupied + headroom, floor), min, max)
 *     next     = max(min(want, what a hold-back allows), min(present, max), min)
 *
 * `want` is the contract: one runner per task. Machines whose task is done but which are still present
 * are counted as occupied, so they never mask a task that waits; and no more tasks are counted than there
 * are machines that may hold one, so that neither an old count nor tasks on somebody else's machines buy a
 * machine that nobody needs. `present` in the last line is the guard, and nothing is above it: the scaler
 * never asks the group to choose a victim. Instances end themselves and take their place in the desired
 * capacity with them; the scaler raises, or takes back capacity that was asked for and does not exist yet:
 * what has been owed for a while, because what is launched at this moment would be cancelled with it.
 */

/** Everything one decision depends on. All numbers are whole and not negative. */
export interface Observation {
  /** Tasks that wait for a runner. */
  readonly unclaimed: number;
  /** Tasks that occupy a runner, the fleet's or another. */
  readonly running: number;
  /** Runners whose task has ended and whose instance is still in service. */
  readonly finishing: number;
  /** Runners to keep ready beyond the demand. */
  readonly headroom: number;
  /**
   * Runners that a schedule keeps even without tasks. Unlike the group's minimum it may be held back.
   * Default: 0.
   */
  readonly floor?: number;
  /** The group's bounds; the group owns them, the scaler only reads them. */
  readonly min: number;
  readonly max: number;
  /** The group's desired capacity as it stands. */
  readonly desired: number;
  /** Instances that may hold a task: InService, and Pending:Proceed, whose agent already runs. */
  readonly serving: number;
  /** Those, and the ones that boot: Pending and Pending:Wait. */
  readonly present: number;
  /** Milliseconds for which the group has been seen to owe instances with nothing coming or going. */
  readonly owedMs: number;
  /** Absent while nothing is held back. */
  readonly holdBack?: HoldBack;
}

/** After so many milliseconds what the group owes is taken back if it is not needed any more. */
export const OWED_MS = 60_000;

/** Why launching more would be futile. */
export type Cause =
  /** Machines boot and never come into service. */
  | 'boots-fail'
  /** Agents end by themselves, without a task. */
  | 'agents-fail'
  /** Runners leave without a task while tasks wait without a runner. */
  | 'tasks-unclaimed';

export interface HoldBack {
  readonly cause: Cause;
  /** Machines beyond the occupied ones that may be there, to see whether it still is futile. */
  readonly trials: number;
  /** Whether what is owed is taken back at once: nothing is on its way, as the group launches nothing. */
  readonly takesBack: boolean;
}

/** Why the desired capacity is what it is. */
export type Reason =
  /** It equals the demand and the headroom. */
  | 'demand'
  /** The demand is greater than the group's maximum. */
  | 'at-max'
  /** The demand is smaller than the minimum, the group's or a schedule's. */
  | 'at-min'
  /** More instances are present than are wanted; they end themselves. */
  | 'present'
  /** More was asked for than is wanted now; it may be on its way, so it is not taken back yet. */
  | 'owed'
  /** It is futile to launch what the demand asks for. */
  | Cause;

export interface Decision {
  /** What is to be done to the group. `none` means the capacity already is as decided. */
  readonly action: 'raise' | 'lower' | 'none';
  /** The capacity the group shall have. */
  readonly desired: number;
  /** The capacity the demand alone asks for, within the group's bounds. */
  readonly want: number;
  /** Runners that are wanted and held back. */
  readonly held: number;
  readonly reason: Reason;
}

export function decide(observed: Observation): Decision {
  const { min, max, desired: current, floor = 0, holdBack, present, serving } = observed;
  const occupied = Math.min(observed.running + observed.finishing, serving);
  const needed = observed.unclaimed + occupied + observed.headroom;
  const want = clamp(Math.max(needed, floor), min, max);
  const allowed = holdBack === undefined ? want : clamp(occupied + holdBack.trials, min, want);
  const takesBack = holdBack?.takesBack === true || observed.owedMs >= OWED_MS;
  const kept = Math.min(takesBack ? present : Math.max(present, current), max);
  const desired = Math.max(allowed, kept, min);
  return {
    action: desired > current ? 'raise' : desired < current ? 'lower' : 'none',
    desired,
    want,
    held: Math.max(want - desired, 0),
    reason:
      holdBack !== undefined && desired < want
        ? holdBack.cause
        : kept > want
          ? kept > present
            ? 'owed'
            : 'present'
          : needed > max
            ? 'at-max'
            : needed < Math.max(min, floor)
              ? 'at-min'
              : 'demand',
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
