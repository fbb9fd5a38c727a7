/**
 * The scaling rule, and nothing else: from what was observed to the desired capacity.
 *
 *     want = clamp(unclaimed + running + finishing + headroom, min, max)
 *     next = max(want, min(present, max))
 *
 * `want` is the contract: one runner per task. Machines whose task is done but which are still present
 * are counted out by counting them as occupied, so they never mask a task that waits. The second line
 * is the guard: the scaler never asks the group to choose a victim. Instances end themselves and take
 * their place in the desired capacity with them; the scaler raises, or takes back capacity that was
 * asked for and does not exist yet. An open breaker limits the growth, never what is in service.
 */

/** Everything one decision depends on, read at one moment. All numbers are whole and not negative. */
export interface Observation {
  /** Tasks that wait for a runner. */
  readonly unclaimed: number;
  /** Tasks that occupy a runner. */
  readonly running: number;
  /** Runners whose task has ended and whose instance is still in service. */
  readonly finishing: number;
  /** Runners to keep ready beyond the demand. */
  readonly headroom: number;
  /** The group's bounds; the group owns them, the scaler only reads them. */
  readonly min: number;
  readonly max: number;
  /** The group's desired capacity as it stands. */
  readonly desired: number;
  /** Instances that boot: Pending, in any of its wait states. */
  readonly pending: number;
  /** Instances that serve. */
  readonly inService: number;
  /** What an open breaker allows; absent while all are closed. */
  readonly limit?: Limit;
}

/** Why launching more would be futile. */
export type Futility =
  /** Machines boot and never come into service. */
  | 'boots-fail'
  /** Runners wait without a task while tasks wait without a runner. */
  | 'tasks-unclaimed'
  /** The group asks for machines and gets none. */
  | 'no-capacity';

export interface Limit {
  readonly reason: Futility;
  /** Runners that may be wanted, at most. */
  readonly runners: number;
}

/** Why the desired capacity is what it is. */
export type Reason =
  /** It equals the demand and the headroom. */
  | 'demand'
  /** The demand is greater than the group's maximum. */
  | 'at-max'
  /** The demand is smaller than the group's minimum. */
  | 'at-min'
  /** More instances are present than are wanted; they end themselves. */
  | 'present'
  /** A breaker is open and allows less than the demand. */
  | Futility;

export interface Decision {
  /** What is to be done to the group. `none` means the capacity already is as decided. */
  readonly action: 'raise' | 'lower' | 'none';
  /** The capacity the group shall have. */
  readonly desired: number;
  /** The capacity the demand alone asks for, within the group's bounds. */
  readonly want: number;
  /** Runners that are wanted and held back by a breaker. */
  readonly held: number;
  readonly reason: Reason;
}

export function decide(observed: Observation): Decision {
  const { min, max, desired: current, limit, pending, inService } = observed;
  const needed = observed.unclaimed + observed.running + observed.finishing + observed.headroom;
  const want = clamp(needed, min, max);
  const allowed = limit === undefined ? want : clamp(limit.runners, min, want);
  // Booting machines are kept like all others, except where none of them ever comes into service.
  const kept = Math.min(limit?.reason === 'boots-fail' ? inService : pending + inService, max);
  const desired = Math.max(allowed, kept);
  return {
    action: desired > current ? 'raise' : desired < current ? 'lower' : 'none',
    desired,
    want,
    held: Math.max(want - desired, 0),
    reason:
      limit !== undefined && desired < want
        ? limit.reason
        : kept > want
          ? 'present'
          : needed > max
            ? 'at-max'
            : needed < min
              ? 'at-min'
              : 'demand',
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
