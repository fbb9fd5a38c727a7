/** Which instances a group ends when fewer are desired than are present. */
import type { Instance } from './instance.ts';
import type { Parameters } from './parameters.ts';

type Choice = Pick<Parameters, 'pendingCancel' | 'scaleInPicks'>;

/**
 * Instances in service are protected from scale-in until they give it up; booting ones are not. Which of
 * them a group picks first is not documented; of each kind it picks the oldest first, as its default
 * termination policy would.
 *
 * @param instances in order of their launch
 */
export function chosenToScaleIn(
  instances: Iterable<Instance>,
  most: number,
  { pendingCancel, scaleInPicks }: Choice,
): readonly Instance[] {
  if (most <= 0) return [];
  const inService: Instance[] = [];
  const booting: Instance[] = [];
  for (const instance of instances) {
    if (instance.lifecycle === 'InService') {
      if (!instance.protected) inService.push(instance);
    } else if (mayBeCancelled(instance, pendingCancel)) booting.push(instance);
  }
  const inOrder = scaleInPicks === 'booting' ? [booting, inService] : [inService, booting];
  return inOrder.flat().slice(0, most);
}

function mayBeCancelled(
  { lifecycle }: Instance,
  pendingCancel: Parameters['pendingCancel'],
): boolean {
  if (lifecycle === 'Pending') return pendingCancel !== 'none';
  const waits = lifecycle === 'Pending:Wait' || lifecycle === 'Pending:Proceed';
  return waits && pendingCancel === 'pending-and-waiting';
}
