/**
 * Workloads of one resource class that scaling rules are compared on: steady, bursty and sparse. All
 * shapes are ours. The same options give the same tasks.
 */
import { stream } from '../world/random.ts';
import type { Draw, Lognormal } from '../world/random.ts';
import type { TaskSpec } from '../world/task.ts';
import { DAY_MS, dayCurve, poissonArrivals } from './arrivals.ts';
import { layOut } from './pipeline.ts';

interface WorkloadOptions {
  readonly seed: number;
  /** Midnight of the first day, in milliseconds since the epoch. */
  readonly startAt: number;
  readonly resourceClass: string;
}

export interface SteadyOptions extends WorkloadOptions {
  /** Default 1. */
  readonly days?: number;
  /** Default 180, three a minute. */
  readonly tasksPerHour?: number;
}

/** Mean 396 s: the median times exp(sigma² / 2). */
const STEADY_TASK: Lognormal = { median: 350, sigma: 0.5 };

/**
 * Single tasks that arrive one by one at random (a Poisson process), day and night alike, of a mean
 * of 396 s. With the defaults about 4,320 tasks a day, which keep about 20 runners busy.
 */
export function steady(options: SteadyOptions): readonly TaskSpec[] {
  const arrivals = poissonArrivals({
    ...options,
    durationMs: (options.days ?? 1) * DAY_MS,
    peakPerHour: options.tasksPerHour ?? 180,
  });
  const { resourceClass } = options;
  const jobs = [{ name: 'job', resourceClass, duration: STEADY_TASK }];
  return layOut(
    arrivals.map((releaseAt, at) => ({ id: `single-${at + 1}`, releaseAt, jobs })),
    stream(options.seed, 'durations'),
  );
}

export interface PipelineOptions extends WorkloadOptions {
  readonly days?: number;
  /** Pipelines per hour at the day's peak. */
  readonly peakPerHour?: number;
  /**
   * Mean number of parallel tasks. A pipeline has from a third of it to five thirds, all equally
   * likely.
   */
  readonly meanWidth?: number;
}

const SETUP: Lognormal = { median: 60, sigma: 0.4 };
const TEST: Lognormal = { median: 210, sigma: 0.6 };
const REPORT: Lognormal = { median: 90, sigma: 0.4 };

/**
 * Pipelines over a working day: one task, then many in parallel, then one that waits for them all. So
 * demand arrives in bursts, at the moments at which machines end. Defaults: 1 day, 30 pipelines an
 * hour at the peak and 12 parallel tasks, about 2,960 tasks a day.
 */
export function bursty(options: PipelineOptions): readonly TaskSpec[] {
  const { resourceClass, seed } = options;
  const arrivals = poissonArrivals({
    ...options,
    durationMs: (options.days ?? 1) * DAY_MS,
    peakPerHour: options.peakPerHour ?? 30,
    curve: dayCurve,
  });
  const widths = stream(seed, 'widths');
  const pipelines = arrivals.map((releaseAt, at) => ({
    id: `pipeline-${at + 1}`,
    releaseAt,
    jobs: [
      { name: 'setup', resourceClass, duration: SETUP },
      {
        name: 'test',
        resourceClass,
        duration: TEST,
        parallelism: widthOf(options.meanWidth ?? 12, widths, at),
        after: ['setup'],
      },
      { name: 'report', resourceClass, duration: REPORT, after: ['test'] },
    ],
  }));
  return layOut(pipelines, stream(seed, 'durations'));
}

/**
 * The same with few pipelines, so that most of them find no machine at all. Defaults: 3 days, 4
 * pipelines an hour at the peak and 6 parallel tasks, about 225 tasks a day.
 */
export function sparse(options: PipelineOptions): readonly TaskSpec[] {
  return bursty({ days: 3, peakPerHour: 4, meanWidth: 6, ...options });
}

function widthOf(mean: number, draw: Draw, index: number): number {
  const least = Math.max(1, Math.round(mean / 3));
  const most = Math.max(least, Math.round(2 * mean) - least);
  return least + Math.floor(draw(index) * (most - least + 1));
}
