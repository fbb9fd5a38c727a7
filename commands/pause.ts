/** Holds the launches of a class back by a tag of its group, and takes that back. It ends nothing. */
import { decodeHold } from '../lambda/scaler/contract.ts';
import type { OperatedGroup, OperatedGroups } from './aws/groups.ts';
import type { Changed } from './change-all.ts';
import { CommandError } from './chosen-groups.ts';
import { machinesOf } from './drain-words.ts';

/** Repeating it changes nothing. @throws AwsError */
export async function pause(
  group: OperatedGroup,
  groups: Pick<OperatedGroups, 'writeHold'>,
): Promise<Changed> {
  const { resourceClass, min } = group;
  const result = (said: string, changed = false) => ({
    resourceClass,
    group: group.group,
    changed,
    said,
  });
  const hold = decodeHold(group.hold);
  if (group.deleting) return result('AWS is deleting the group; it launches nothing');
  if (hold?.kind === 'paused') return result('it is paused already');
  if (hold?.kind === 'drain') {
    return result(`a drain holds it already; to end that: ${undoing(group)}`);
  }
  await groups.writeHold(group.group, { kind: 'paused' });
  const kept = min === 0 ? '' : `; the group itself still keeps its minimum of ${min}`;
  return result(
    `paused: nothing is launched from the next pass on, within a minute; ${machinesOf(group)}, left alone${kept}`,
    true,
  );
}

/**
 * Repeating it changes nothing.
 *
 * @throws CommandError for what a drain holds, AwsError
 */
export async function resume(
  group: OperatedGroup,
  groups: Pick<OperatedGroups, 'removeHold'>,
): Promise<Changed> {
  const { resourceClass } = group;
  const hold = decodeHold(group.hold);
  if (hold?.kind === 'drain') {
    throw new CommandError(
      `${resourceClass} is held by a drain, which has suspended its launches too; end that with: ${undoing(group)}`,
    );
  }
  if (hold === undefined || group.deleting) {
    const said = group.deleting
      ? 'AWS is deleting the group; nothing to resume'
      : 'it is not paused';
    return { resourceClass, group: group.group, changed: false, said };
  }
  await groups.removeHold(group.group);
  const said = 'resumed: the scaler launches again within a minute';
  return { resourceClass, group: group.group, changed: true, said };
}

function undoing({ resourceClass }: OperatedGroup): string {
  return `npm run drain -- --class ${resourceClass} --undo`;
}
