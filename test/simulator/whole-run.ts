/** A run of the scaler in a small world to its end: what came of its tasks, and what is left behind. */
import { run } from '../../simulator/drive/run.ts';
import type { Parameters } from '../../simulator/world/parameters.ts';
import type { TaskSpec } from '../../simulator/world/task.ts';
import { smallRun, START } from './drive/small-run.ts';

export const HOUR_S = 3_600;

/** The maximum of each group. */
export const MAX = 6;

interface Ran {
  readonly tasks: readonly TaskSpec[];
  readonly seed: number;
  readonly parameters: Partial<Parameters>;
  readonly classes?: readonly string[];
  /** Default: whatever wakes the scaler does. */
  readonly wakeUps?: boolean;
  /** Default 10. */
  readonly passIntervalSeconds?: number;
}

/** Runs the scaler on the tasks, and for half a day after the last one came. */
export async function ran({
  tasks,
  seed,
  parameters,
  classes = ['acme/linux'],
  wakeUps = true,
  passIntervalSeconds = 10,
}: Ran) {
  const { world, scalerIn } = smallRun({
    form: 'direct',
    tasks,
    seed,
    parameters,
    classes,
    passIntervalSeconds,
    fleet: { max: MAX },
  });
  const last = Math.max(...tasks.map(({ releaseAt }) => releaseAt));
  await run({ world, scalerIn, wakeUps, endAt: Math.max(last, START) + 12 * HOUR_S * 1000 });
  const [record] = world.record();
  if (record === undefined) throw new Error('the world has no class');
  return { ...record, groups: world.groups(), tasks };
}
