/**
 * The scaling rule, and nothing else: from what was observed to the desired capacity.
 *
 *     want = clamp(unclaimed + running + headroom, min, max)
 *     next = max(want, min(present, max))
 *
 * `want` is the contract. The second line is its one guard: the scaler never asks the group to choose
 * a victim. Instances end themselves and take their place in the desired capacity with them; the
 * scaler raises, or takes back capacity that was asked for and does not exist yet.
 */

/** Everything one decision depends on, read at one moment. All numbers are whole and not negative. */
export interface Observation {
  /** Tasks that wait for a runner. */
  readonly unclaimed: number;
  /** Tasks that occupy a runner. */
  readonly running: number;
  /** Runners to keep ready beyond the demand. */
  readonly headroom: number;
  /** The group's bounds; the group owns them, the scaler only reads them. */
  readonly min: number;
  readonly max: number;
  /** The group's desired capacity as it stands. */
  readonly desired: number;
  /** Instances Pending or InService, in any of their wait states. */
  readonly present: number;
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
  | 'present';

export interface Decision {
  /** What is to be done to the group. `none` means the capacity already is as decided. */
  readonly action: 'raise' | 'lower' | 'none';
  /** The capacity the group shall have. */
  readonly desired: number;
  /** The capacity the demand alone asks for, within the group's bounds. */
  readonly want: number;
  readonly reason: Reason;
}

export function decide(observed: Observation): Decision {
  const { min, max, desired: current } = observed;
  const needed = observed.unclaimed + observed.running + observed.headroom;
  const want = Math.min(Math.max(needed, min), max);
  const kept = Math.min(observed.present, max);
  const desired = Math.max(want, kept);
  return {
    action: desired > current ? 'raise' : desired < current ? 'lower' : 'none',
    desired,
    want,
    reason: kept > want ? 'present' : needed > max ? 'at-max' : needed < min ? 'at-min' : 'demand',
  };
}
