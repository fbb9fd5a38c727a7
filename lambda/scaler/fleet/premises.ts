/**
 * What the rule builds on and a group made by hand need not have: one unit of capacity is one machine
 * with one task, and nobody but the machines themselves and the scaler ends or asks for any. Weighted
 * machines, for example, count several times in the desired capacity and once among those present, so
 * the rule would take the difference for capacity that is owed, and lower it below what runs.
 *
 * Dynamic scaling policies are not part of a group's description: the process that would carry them out
 * is kept suspended instead, see `KEPT_SUSPENDED`. Scheduled actions are left alone: the group owns its
 * bounds, and what they do to its capacity the next pass sets right.
 */
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import { TAG } from '../contract/tags.ts';

/**
 * Every premise that a group does not meet: what was found, what is allowed, and what to do.
 *
 * @see https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AutoScalingGroup.html
 */
export function unmetPremises(group: AutoScalingGroup): readonly string[] {
  return PREMISES.map((unmet) => unmet(group)).filter((problem) => problem !== undefined);
}

const PREMISES: readonly ((group: AutoScalingGroup) => string | undefined)[] = [
  ({ MixedInstancesPolicy: policy }) => {
    const heavy = policy?.LaunchTemplate?.Overrides?.find(isWeighted);
    return (
      heavy &&
      `its mixed instances policy gives ${heavy.InstanceType ?? 'a set of instance types'} the weight ` +
        `${heavy.WeightedCapacity}; ${NO_WEIGHTS}; remove the weights`
    );
  },
  ({ Instances: instances }) => {
    // An instance keeps the weight that it was launched with.
    const heavy = instances?.find(isWeighted);
    return (
      heavy &&
      `the instance ${heavy.InstanceId} has the weight ${heavy.WeightedCapacity}; ${NO_WEIGHTS}; remove ` +
        `the weights, and take the tag ${TAG.name} off the group until the machines with a weight have ended`
    );
  },
  ({ DesiredCapacityType: unit = 'units' }) =>
    unit === 'units'
      ? undefined
      : `its capacity is counted in ${unit}; allowed: units, because one machine takes one task; set ` +
        'its desired capacity type to units',
  ({ NewInstancesProtectedFromScaleIn: protects }) =>
    protects === true
      ? undefined
      : 'its new instances are not protected from scale-in; needed: that they are, because the group ' +
        'would end machines with a job on them; switch on its protection of new instances',
  ({ WarmPoolConfiguration: pool = {} }) =>
    Object.values(pool).every((value) => value === undefined)
      ? undefined
      : 'it has a warm pool; allowed: none, because a runner is made for one boot and one job; delete ' +
        'the warm pool',
  ({ MaxInstanceLifetime: seconds = 0 }) =>
    seconds === 0
      ? undefined
      : `its maximum instance lifetime is ${seconds} s; allowed: none, because the group would end ` +
        'machines with a job on them; set it to 0',
  ({ CapacityRebalance: rebalances }) =>
    rebalances === true
      ? 'it has capacity rebalancing switched on; allowed: off, because the group would end machines ' +
        'with a job on them before they are interrupted; switch it off'
      : undefined,
  ({ PredictedCapacity: predicted }) =>
    predicted === undefined
      ? undefined
      : 'it has a predictive scaling policy; allowed: no scaling policy, because the scaler and the ' +
        'policy would undo what the other does; delete the policy',
  ({ Operator: operator }) =>
    operator &&
    `it is managed by ${operator.Principal}; allowed: no operator, because nobody else may then set ` +
      'its capacity; take another group',
];

const NO_WEIGHTS =
  'allowed: no weights, or the weight 1 everywhere, because one machine takes one task';

function isWeighted({
  WeightedCapacity: weight,
}: {
  readonly WeightedCapacity?: string | undefined;
}) {
  return weight !== undefined && weight !== '1';
}
