/** What the records' questions are asked of: the built-in workloads, and some with a trouble in them. */
import { firstHours } from '../cli/workload.ts';
import { BUILT_IN_START } from '../workload/built-in-start.ts';
import { BUILT_INS } from './workloads.ts';
import { bursty } from '../workload/generators.ts';
import { foreignTasks, stuckTasks } from '../workload/troubles.ts';
import { drawMs, stream } from '../world/random.ts';
import type { TaskSpec } from '../world/task.ts';
import type { Work } from './case.ts';
import type { Scenario } from './scenarios.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/** Reads `npm run compare`'s workload of this name; with `hours`, the first ones of it. */
export function builtIn(name: string, hours?: number): Work {
  const found = BUILT_INS.find((each) => each.name === name);
  if (found === undefined) throw new RangeError(`there is no workload ${name}`);
  return {
    name,
    of(seed) {
      const all = { startAt: BUILT_IN_START, tasks: found.tasks(seed, BUILT_IN_START) };
      const whole = found.days * DAY_HOURS;
      if (hours === undefined) return { ...all, hours: whole };
      return { ...firstHours(all, hours), hours: Math.min(hours, whole) };
    },
  };
}

export interface BatchOptions {
  readonly tasks: number;
  /** Hours after the start at which a batch comes. */
  readonly atHours: readonly number[];
  /** A median of 210 s, as the tests of the bursty workload have. */
  readonly resourceClass?: string;
}

/** Tasks that come all at once. */
export function batches({ tasks, atHours, resourceClass = ONE }: BatchOptions): Work {
  return {
    name: `${tasks} at once`,
    of(seed) {
      const durations = stream(seed, 'durations');
      const seconds = stream(seed, 'second of the batch');
      return {
        startAt: BUILT_IN_START,
        hours: DAY_HOURS,
        tasks: atHours.flatMap((hour, batch) =>
          Array.from({ length: tasks }, (_, index): TaskSpec => {
            const number = batch * tasks + index;
            return {
              id: `batch-${batch + 1}/${index + 1}`,
              pipeline: `batch-${batch + 1}`,
              resourceClass,
              // Not always at the same moment of the schedule's minute.
              releaseAt: BUILT_IN_START + hour * HOUR_MS + Math.floor(seconds(batch) * 60_000),
              durationMs: drawMs({ median: 210, sigma: 0.6 }, durations, number),
              after: [],
            };
          }),
        ),
      };
    },
  };
}

export interface StuckOptions {
  readonly tasks: number;
  /** Hours after the start between which they are in the queue. */
  readonly fromHour: number;
  readonly toHour: number;
  readonly resourceClass?: string;
}

/** Tasks that nobody can claim are in the queue too, until somebody cancels them. */
export function withStuck(work: Work, stuck: StuckOptions): Work {
  const { tasks, fromHour, toHour, resourceClass = ONE } = stuck;
  return {
    name: `${work.name}, ${tasks} that nobody can claim`,
    async of(seed) {
      const worked = await work.of(seed);
      const added = stuckTasks({
        count: tasks,
        resourceClass,
        from: worked.startAt + fromHour * HOUR_MS,
        to: worked.startAt + toHour * HOUR_MS,
      });
      // At the end: the places of tasks are what others wait for.
      return { ...worked, tasks: [...worked.tasks, ...added] };
    },
  };
}

export interface ForeignOptions {
  readonly machines: number;
  readonly resourceClass?: string;
}

/** Machines of nobody's fleet take tasks of the class too, as long as the work goes on. */
export function withForeign(work: Work, { machines, resourceClass = ONE }: ForeignOptions): Work {
  return {
    name: `${work.name}, ${machines} foreign machines`,
    async of(seed) {
      const { tasks, startAt, hours } = await work.of(seed);
      const added = foreignTasks({ seed, resourceClass, machines, startAt, hours });
      return { startAt, hours, tasks: [...tasks, ...added] };
    },
  };
}

/** No task at all. */
export const NOTHING: Work = {
  name: 'nothing',
  of: () => ({ startAt: BUILT_IN_START, hours: DAY_HOURS, tasks: [] }),
};

export const ONE = 'acme/linux';
const OTHER = 'acme/other';

/** Two classes with a bursty day each, of different luck. */
export const TWO_CLASSES: Work = {
  name: 'two bursty classes',
  of(seed) {
    const startAt = BUILT_IN_START;
    const own = bursty({ seed: 2 * seed, startAt, resourceClass: ONE });
    const other = bursty({ seed: 2 * seed + 1, startAt, resourceClass: OTHER });
    return {
      startAt,
      hours: DAY_HOURS,
      tasks: [
        ...own,
        ...other.map((task) => ({
          ...task,
          id: `other/${task.id}`,
          pipeline: `other/${task.pipeline}`,
          after: task.after.map((index) => own.length + index),
        })),
      ],
    };
  },
};

/** The same in a scenario that makes other tasks of it. */
export function inScenario(work: Work, { tasks }: Scenario): Work {
  if (tasks === undefined) return work;
  return {
    name: work.name,
    async of(seed) {
      const worked = await work.of(seed);
      return { ...worked, tasks: tasks({ ...worked, seed }) };
    },
  };
}
