/** What Auto Scaling refuses, in its words. */
import { WorldFault } from './fault.ts';
import type { Instance } from './instance.ts';

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** @throws WorldFault for a capacity outside the group's bounds */
export function refuseCapacity(desired: number, { min, max }: Bounds): void {
  if (desired >= min && desired <= max) return;
  const side = desired > max ? `above max value ${max}` : `below min value ${min}`;
  throw new WorldFault(
    'ValidationError',
    `New SetDesiredCapacity value ${desired} is ${side} for the AutoScalingGroup.`,
  );
}

/** @throws WorldFault for a minimum above the maximum */
export function refuseBounds({ min, max }: Bounds): void {
  if (min <= max) return;
  throw new WorldFault(
    'ValidationError',
    `Max bound, ${max}, must be greater than or equal to min bound, ${min}`,
  );
}

/** @throws WorldFault where the group would come below its minimum */
export function refuseDecrement(desired: number, { min }: Pick<Bounds, 'min'>): void {
  if (desired > min) return;
  throw new WorldFault(
    'ValidationError',
    `Currently, desiredSize equals minSize (${min}). Terminating instance without ` +
      `replacement will violate group's min size constraint. Either set ` +
      `shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
  );
}

/** @throws WorldFault where no hook waits */
export function refuseHook({ id, lifecycle }: Pick<Instance, 'id' | 'lifecycle'>): void {
  if (lifecycle === 'Pending:Wait') return;
  throw new WorldFault(
    'ValidationError',
    `No active Lifecycle Action found with instance ID ${id}`,
  );
}

interface InTheWay {
  readonly instances: number;
  /** Launches that were asked for and are not Pending yet. */
  readonly requested: number;
}

/**
 * A group that is deleted without force has to be empty and at rest.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DeleteAutoScalingGroup.html
 * @throws WorldFault while something is in the way
 */
export function refuseRemoval({ instances, requested }: InTheWay): void {
  if (instances > 0) {
    throw new WorldFault(
      'ResourceInUse',
      'You cannot delete an AutoScalingGroup while there are instances or pending Spot instance ' +
        'request(s) still in the group.',
    );
  }
  if (requested > 0) {
    throw new WorldFault(
      'ScalingActivityInProgress',
      'You cannot delete an AutoScalingGroup while there are scaling activities in progress for that group.',
    );
  }
}
