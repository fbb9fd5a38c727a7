import type { Worked } from '../../../simulator/experiment/case.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';
import { SECOND, task } from '../world/tiny-world.ts';

export const HOUR = 3600 * SECOND;

/** Tasks that differ so from the plain one, in a world that begins with the epoch. */
export function worked(differences: readonly Partial<TaskSpec>[]): Worked {
  return { startAt: 0, tasks: differences.map((difference) => task(difference)), hours: 24 };
}
