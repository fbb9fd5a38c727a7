/** How long a workload is: what a month is scaled from, the same for every config that runs it. */
import type { TaskSpec } from '../world/task.ts';

const HOUR_MS = 3_600_000;
const BUILT_IN_HOURS = 24;

export interface WorkloadLength {
  readonly startAt: number;
  readonly tasks: readonly Pick<TaskSpec, 'releaseAt'>[];
}

/**
 * The built-in day lasts until midnight, or for the hours that were asked for; a trace, until its last task
 * is released.
 */
export function hoursOf(
  { startAt, tasks }: WorkloadLength,
  { trace, hours }: { readonly trace: string | undefined; readonly hours: number | undefined },
): number {
  if (trace === undefined) return Math.min(hours ?? BUILT_IN_HOURS, BUILT_IN_HOURS);
  const last = tasks.reduce((latest, { releaseAt }) => Math.max(latest, releaseAt), startAt);
  return (last - startAt) / HOUR_MS;
}
