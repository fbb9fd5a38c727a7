/** Tasks that no runner of the fleet ever gets, alone or beside those of a workload. */
import { drawMs, stream } from '../world/random.ts';
import type { TaskSpec } from '../world/task.ts';

const HOUR_MS = 3_600_000;

export interface StuckOptions {
  readonly count: number;
  readonly resourceClass: string;
  /** They are in the queue between these moments, in milliseconds since the epoch, and are then cancelled. */
  readonly from: number;
  readonly to: number;
}

/** Tasks that nobody can claim, for example for a token of another namespace. */
export function stuckTasks({ count, resourceClass, from, to }: StuckOptions): readonly TaskSpec[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `stuck-${index + 1}`,
    pipeline: 'stuck',
    resourceClass,
    releaseAt: from,
    durationMs: 1000,
    after: [],
    cancelAfterMs: to - from,
    unclaimable: true,
  }));
}

export interface ForeignOptions {
  readonly seed: number;
  readonly resourceClass: string;
  /** Machines outside every fleet, each of which takes one task after the other. */
  readonly machines: number;
  readonly startAt: number;
  readonly hours: number;
}

const FOREIGN_DURATION = { median: 600, sigma: 0.8 };
const FOREIGN_PAUSE = { min: 0, max: 120 };

/** Tasks of the class that run on machines which are not the fleet's: somebody's laptop, another account. */
export function foreignTasks(options: ForeignOptions): readonly TaskSpec[] {
  const { seed, resourceClass, machines, startAt, hours } = options;
  const tasks: TaskSpec[] = [];
  for (let machine = 1; machine <= machines; machine += 1) {
    const durations = stream(seed, `foreign-${machine}/duration`);
    const pauses = stream(seed, `foreign-${machine}/pause`);
    const until = startAt + hours * HOUR_MS;
    let at = startAt + drawMs(FOREIGN_DURATION, pauses, 0);
    for (let number = 1; at < until; number += 1) {
      const durationMs = drawMs(FOREIGN_DURATION, durations, number);
      tasks.push({
        id: `foreign-${machine}/${number}`,
        pipeline: 'foreign',
        resourceClass,
        releaseAt: at,
        durationMs,
        after: [],
        foreign: true,
      });
      at += durationMs + drawMs(FOREIGN_PAUSE, pauses, number);
    }
  }
  return tasks;
}
