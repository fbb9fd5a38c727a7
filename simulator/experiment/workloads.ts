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
const TEN = Array.from({ length: 10 }, (_, index) => `acme/class-${index + 1}`);

/** 33 tasks a day of eight per pipeline, so that ten classes have about 10,000 a month. */
const TENTH_PEAK_PER_HOUR = 0.59;
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
    tasks: (seed, startAt) => tenClasses(seed, startAt),
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

function tenClasses(seed: number, startAt: number): readonly TaskSpec[] {
  const all: TaskSpec[] = [];
  for (const [index, resourceClass] of TEN.entries()) {
    const tasks = sparse({
      // Each class has luck of its own.
      seed: seed * TEN.length + index,
      startAt,
      resourceClass,
      days: TEN_CLASSES_DAYS,
      peakPerHour: TENTH_PEAK_PER_HOUR,
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
