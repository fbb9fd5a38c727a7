import { workingDay } from '../workload/working-day.ts';
import type { TaskSpec } from '../world/task.ts';

export interface TodayOptions {
  /** At least one. */
  readonly resourceClasses: readonly string[];
  /** Of the time that is simulated, in milliseconds since the epoch. */
  readonly startAt: number;
  readonly now: number;
}

/** The hour of the working day, in UTC, that now is: its busy afternoon. */
const HOUR_OF_NOW = 14.5;

/** The built-in working day, set so that now is busy; pipelines from before the start are left out. */
export function tasksOfToday({ resourceClasses, startAt, now }: TodayOptions): readonly TaskSpec[] {
  const day = workingDay({ seed: 1, startAt: now - HOUR_OF_NOW * 3_600_000, resourceClasses });
  const past = new Set(
    day.filter(({ releaseAt }) => releaseAt < startAt).map((task) => task.pipeline),
  );
  const places = new Map<number, number>();
  day.forEach((task, index) => {
    if (!past.has(task.pipeline)) places.set(index, places.size);
  });
  return day.flatMap((task) =>
    past.has(task.pipeline)
      ? []
      : [{ ...task, after: task.after.flatMap((index) => places.get(index) ?? []) }],
  );
}
