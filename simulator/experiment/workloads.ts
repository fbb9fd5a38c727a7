/** The built-in workloads of the comparison. */
import { bursty, sparse, steady } from '../workload/generators.ts';
import { unannouncedDay, unannouncedWeek } from '../workload/unannounced.ts';
import { workingDay } from '../workload/working-day.ts';
import type { TaskSpec } from '../world/task.ts';

export interface BuiltIn {
  readonly name: string;
  readonly about: string;
  readonly days: number;
  readonly tasks: (seed: number, startAt: number) => readonly TaskSpec[];
}

const ONE = 'acme/linux';
const THREE = [ONE, 'acme/linux-arm', 'acme/large'];
/** 33 tasks a day of eight per pipeline, so that a class has about 1,000 a month. */
const CLASS_PEAK_PER_HOUR = 0.59;
const TEN_CLASSES_DAYS = 2;

export const BUILT_INS: readonly BuiltIn[] = [
  {
    name: 'steady',
    about: 'single tasks at random, three a minute, day and night',
    days: 1,
    tasks: (seed, startAt) => steady({ seed, startAt, resourceClass: ONE }),
  },
  {
    name: 'bursty',
    about: 'pipelines of one task, then about twelve, then one, over a working day',
    days: 1,
    tasks: (seed, startAt) => bursty({ seed, startAt, resourceClass: ONE }),
  },
  {
    name: 'sparse',
    about: 'the same with few and smaller pipelines, three days',
    days: 3,
    tasks: (seed, startAt) => sparse({ seed, startAt, resourceClass: ONE }),
  },
  {
    name: 'working-day',
    about: 'the built-in day of npm start, three classes',
    days: 1,
    tasks: (seed, startAt) => workingDay({ seed, startAt, resourceClasses: THREE }),
  },
  {
    name: 'ten-classes',
    about: 'ten classes with about 10,000 tasks a month together, two days',
    days: TEN_CLASSES_DAYS,
    tasks: (seed, startAt) => sparseClasses(10, { seed, startAt, days: TEN_CLASSES_DAYS }),
  },
  {
    name: 'unannounced-day',
    about: 'jobs that no other job releases, at random by the hour of a working day',
    days: 1,
    tasks: (seed, startAt) => unannouncedDay({ seed, startAt, resourceClass: ONE }),
  },
  {
    name: 'unannounced-week',
    about:
      'such jobs in bursts over a week with a quiet weekend, most of minutes and a few of hours',
    days: 7,
    tasks: (seed, startAt) => unannouncedWeek({ seed, startAt, resourceClass: ONE }),
  },
];

export function classNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `acme/class-${index + 1}`);
}

/** Classes with about 1,000 tasks a month each. */
export function sparseClasses(
  count: number,
  {
    seed,
    startAt,
    days,
  }: { readonly seed: number; readonly startAt: number; readonly days: number },
): readonly TaskSpec[] {
  const all: TaskSpec[] = [];
  for (const [index, resourceClass] of classNames(count).entries()) {
    const tasks = sparse({
      // Each class has different luck.
      seed: seed * count + index,
      startAt,
      resourceClass,
      days,
      peakPerHour: CLASS_PEAK_PER_HOUR,
    });
    const first = all.length;
    for (const task of tasks) {
      all.push({
        ...task,
        id: `${resourceClass}/${task.id}`,
        after: task.after.map((other) => first + other),
      });
    }
  }
  return all;
}
