/**
 * Workloads of single tasks that no other task releases: no end announces an arrival, and a machine is free
 * for one only by chance. All shapes are ours, fitted to no trace. The same options give the same tasks.
 */
import { drawMs, drawPareto, stream } from '../world/random.ts';
import type { Lognormal } from '../world/random.ts';
import type { TaskSpec } from '../world/task.ts';
import { DAY_MS, dayCurve, burstArrivals, poissonArrivals, weekCurve } from './arrivals.ts';

interface UnannouncedOptions {
  readonly seed: number;
  /** Midnight of the first day, of a Monday for a week, in milliseconds since the epoch. */
  readonly startAt: number;
  readonly resourceClass: string;
}

/** About 1,000 a day: the day has 7.05 hours of its peak. */
const DAY_PEAK_PER_HOUR = 142;

/**
 * Lint of a minute and builds of half an hour in one distribution, so wider than for one kind of job: a
 * mean of 270 s, and one in a hundred takes longer than 24 minutes.
 */
const CI_JOB: Lognormal = { median: 180, sigma: 0.9 };

/** A working day of about 1,000 CI jobs: a Poisson process whose rate follows the hour. */
export function unannouncedDay(options: UnannouncedOptions): readonly TaskSpec[] {
  const arrivals = poissonArrivals({
    ...options,
    durationMs: DAY_MS,
    peakPerHour: DAY_PEAK_PER_HOUR,
    curve: dayCurve,
  });
  const durations = stream(options.seed, 'durations');
  return singles(options, arrivals, (index) => drawMs(CI_JOB, durations, index));
}

const WEEK_JOBS = 1900;

/** Nearly half of the gaps are shorter than a tenth of their mean, one in a hundred is longer than 13. */
const GAP_SHAPE = 0.4;

/**
 * No job ends within a minute, half end within three, one in ten takes longer than 26 minutes, and the
 * one in a hundred that would take longer than twelve hours is ended by a limit. The mean is 22 minutes;
 * four fifths of all time are the longest tenth's.
 */
const LONG_JOB = { leastSeconds: 60, mostSeconds: 12 * 3600, tail: 0.7 } as const;

/**
 * A week of 1,900 jobs as of a queue for costly machines, with a quiet weekend: they arrive in bursts with
 * long pauses, and their durations have a heavy tail.
 */
export function unannouncedWeek(options: UnannouncedOptions): readonly TaskSpec[] {
  const arrivals = burstArrivals({
    ...options,
    days: 7,
    count: WEEK_JOBS,
    shape: GAP_SHAPE,
    curve: weekCurve,
  });
  const durations = stream(options.seed, 'durations');
  const { leastSeconds, mostSeconds, tail } = LONG_JOB;
  return singles(options, arrivals, (index) => {
    const seconds = leastSeconds * drawPareto(tail, durations, index);
    return Math.round(1000 * Math.min(seconds, mostSeconds));
  });
}

function singles(
  { resourceClass }: UnannouncedOptions,
  arrivals: readonly number[],
  durationMs: (index: number) => number,
): readonly TaskSpec[] {
  return arrivals.map((releaseAt, index) => ({
    id: `single-${index + 1}/job`,
    resourceClass,
    pipeline: `single-${index + 1}`,
    releaseAt,
    durationMs: durationMs(index),
    after: [],
  }));
}
