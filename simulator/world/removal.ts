import { WorldFault } from './fault.ts';

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
