/** Lays a pipeline's jobs out as tasks. */
import { drawMs } from '../world/random.ts';
import type { Draw, Lognormal } from '../world/random.ts';
import type { TaskSpec } from '../world/task.ts';

export interface Job {
  /** Unique within the pipeline. */
  readonly name: string;
  readonly resourceClass: string;
  readonly duration: Lognormal;
  /** Tasks that the job is; each draws its own duration. Default 1. */
  readonly parallelism?: number;
  /** Names of jobs, listed before this one, whose tasks must all end first. Default none. */
  readonly after?: readonly string[];
}

export interface Pipeline {
  /** Unique within the workload. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly releaseAt: number;
  readonly jobs: readonly Job[];
  /** Cancels every task that is unclaimed this long after its release, in milliseconds. */
  readonly cancelAfterMs?: number;
}

/** Lays the pipelines out one after another; `durations` is drawn once per task, by its index. */
export function layOut(pipelines: readonly Pipeline[], durations: Draw): readonly TaskSpec[] {
  const tasks: TaskSpec[] = [];
  for (const pipeline of pipelines) {
    const indices = new Map<string, readonly number[]>();
    for (const job of pipeline.jobs) {
      const count = job.parallelism ?? 1;
      const after = (job.after ?? []).flatMap((name) => indices.get(name) ?? []);
      const first = tasks.length;
      indices.set(
        job.name,
        Array.from({ length: count }, (_, part) => first + part),
      );
      for (let part = 1; part <= count; part += 1) {
        tasks.push({
          id: `${pipeline.id}/${job.name}${count === 1 ? '' : `-${part}`}`,
          resourceClass: job.resourceClass,
          pipeline: pipeline.id,
          releaseAt: pipeline.releaseAt,
          durationMs: drawMs(job.duration, durations, tasks.length),
          after,
          ...(pipeline.cancelAfterMs !== undefined && { cancelAfterMs: pipeline.cancelAfterMs }),
        });
      }
    }
  }
  return tasks;
}
