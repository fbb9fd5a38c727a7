import { describe, expect, test } from '@jest/globals';
import { PEAK_HOURS, dayArrivals, dayCurve } from '../../../simulator/workload/arrivals.ts';
import { bursty, sparse, steady } from '../../../simulator/workload/generators.ts';
import { unannouncedDay, unannouncedWeek } from '../../../simulator/workload/unannounced.ts';
import { workingDay } from '../../../simulator/workload/working-day.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';

const START = Date.UTC(2026, 0, 5);
const HOUR_MS = 3_600_000;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const ONE = { startAt: START, resourceClass: 'acme/linux' };
const THREE = ['acme/linux', 'acme/large', 'acme/arm'];

const WORKLOADS: readonly (readonly [string, (seed: number) => readonly TaskSpec[]])[] = [
  ['working day', (seed) => workingDay({ seed, startAt: START, resourceClasses: THREE })],
  ['steady', (seed) => steady({ ...ONE, seed })],
  ['bursty', (seed) => bursty({ ...ONE, seed })],
  ['sparse', (seed) => sparse({ ...ONE, seed })],
  ['unannounced day', (seed) => unannouncedDay({ ...ONE, seed })],
  ['unannounced week', (seed) => unannouncedWeek({ ...ONE, seed })],
];

describe.each(WORKLOADS)('the %s workload', (name, make) => {
  test('is the same to the byte for the same seed', () => {
    expect(JSON.stringify(make(7))).toBe(JSON.stringify(make(7)));
  });

  test('differs for another seed', () => {
    expect(JSON.stringify(make(7))).not.toBe(JSON.stringify(make(8)));
  });

  test('gives every task an id of its own', () => {
    const tasks = make(1);
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length);
  });

  test('lets a task wait only for earlier tasks of its own pipeline, so that no circle is possible', () => {
    const tasks = make(1);
    const strays = tasks.filter((task, at) =>
      task.after.some((index) => index >= at || tasks[index]?.pipeline !== task.pipeline),
    );
    expect(strays).toEqual([]);
  });

  test('is in order of release and begins within its first day', () => {
    const releases = make(1).map(({ releaseAt }) => releaseAt);
    expect(releases).toEqual(releases.toSorted((a, b) => a - b));
    expect(releases[0]).toBeGreaterThanOrEqual(START);
    expect(releases[0]).toBeLessThan(START + 24 * HOUR_MS);
  });

  test('has durations of whole milliseconds from seconds to hours', () => {
    const durations = make(1).map(({ durationMs }) => durationMs);
    expect(durations.every((duration) => Number.isInteger(duration))).toBe(true);
    expect(Math.min(...durations)).toBeGreaterThan(5_000);
    const longest = name === 'unannounced week' ? 12 * HOUR_MS : 3 * HOUR_MS;
    expect(Math.max(...durations)).toBeLessThanOrEqual(longest);
  });
});

describe('the working day', () => {
  test.each(SEEDS)('has 1,000 to 1,500 tasks with seed %i', (seed) => {
    const tasks = workingDay({ seed, startAt: START, resourceClasses: THREE });
    expect(tasks.length).toBeGreaterThan(1000);
    expect(tasks.length).toBeLessThan(1500);
  });

  test('is busiest in the afternoon, less so at noon, and all but silent at night', () => {
    const perHour = Array.from({ length: 24 }, () => 0);
    for (const seed of SEEDS) {
      for (const { releaseAt } of workingDay({ seed, startAt: START, resourceClasses: THREE })) {
        const hour = Math.floor((releaseAt - START) / HOUR_MS);
        perHour[hour] = (perHour[hour] ?? 0) + 1;
      }
    }
    const mean = (from: number, to: number) =>
      perHour.slice(from, to).reduce((sum, count) => sum + count, 0) / (to - from);
    expect(mean(14, 16)).toBeGreaterThan(1.3 * mean(12, 13));
    expect(mean(9, 11)).toBeGreaterThan(1.3 * mean(12, 13));
    expect(mean(3, 6)).toBeLessThan(0.05 * mean(14, 16));
  });

  test('uses every one of three classes and the first the most', () => {
    const tasks = workingDay({ seed: 1, startAt: START, resourceClasses: THREE });
    const counts = THREE.map(
      (name) => tasks.filter(({ resourceClass }) => resourceClass === name).length,
    );
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(counts[0]).toBe(Math.max(...counts));
  });

  test.each([1, 2, 5])('works with %i classes', (count) => {
    const resourceClasses = Array.from({ length: count }, (_, at) => `acme/class-${at}`);
    const tasks = workingDay({ seed: 1, startAt: START, resourceClasses });
    const used = new Set(tasks.map(({ resourceClass }) => resourceClass));
    expect([...used].toSorted()).toEqual(resourceClasses.slice(0, 3));
  });

  test('refuses a list without a class', () => {
    expect(() => workingDay({ seed: 1, startAt: START, resourceClasses: [] })).toThrow(
      'resourceClasses is empty; a working day needs at least one class',
    );
  });

  test('fans out from builds to parallel tests and in to a package', () => {
    const tasks = workingDay({ seed: 1, startAt: START, resourceClasses: THREE });
    const packaging = tasks.findIndex(({ id }) => id === 'nightly/package');
    const before = tasks[packaging]?.after.map((index) => tasks[index]?.id) ?? [];
    expect(before).toHaveLength(1 + 24 + 8);
    const tests = tasks.filter(({ id }) => id.startsWith('nightly/test-'));
    const builds = tests.flatMap(({ after }) => after.map((index) => tasks[index]?.id));
    expect(new Set(builds)).toEqual(new Set(['nightly/build']));
  });

  test('lets a newer push cancel the waiting tasks of a few pull requests', () => {
    const cancellable = SEEDS.flatMap((seed) =>
      workingDay({ seed, startAt: START, resourceClasses: THREE }),
    ).filter(({ cancelAfterMs }) => cancelAfterMs !== undefined);
    expect(cancellable.length / SEEDS.length).toBeGreaterThan(10);
    expect(cancellable.length / SEEDS.length).toBeLessThan(120);
    expect(cancellable.every(({ pipeline }) => pipeline.startsWith('pull-request-'))).toBe(true);
  });
});

describe('the workloads rules are compared on', () => {
  test.each(SEEDS)('steady has about 4,320 tasks a day of a mean of 396 s, seed %i', (seed) => {
    const tasks = steady({ ...ONE, seed });
    expect(Math.abs(tasks.length - 4320)).toBeLessThan(5 * Math.sqrt(4320));
    const mean = tasks.reduce((sum, { durationMs }) => sum + durationMs, 0) / tasks.length;
    expect(Math.abs(mean / 1000 - 396)).toBeLessThan(20);
  });

  test('bursty has about 2,960 tasks a day in pipelines of one, then 4 to 20, then one', () => {
    const all = SEEDS.map((seed) => bursty({ ...ONE, seed }));
    const mean = all.reduce((sum, tasks) => sum + tasks.length, 0) / all.length;
    expect(Math.abs(mean - 30 * PEAK_HOURS * 14)).toBeLessThan(300);
    const widths = all
      .flat()
      .filter(({ id }) => id.endsWith('/report'))
      .map(({ after }) => after.length);
    expect(Math.min(...widths)).toBe(4);
    expect(Math.max(...widths)).toBe(20);
    const meanWidth = widths.reduce((sum, width) => sum + width, 0) / widths.length;
    expect(Math.abs(meanWidth - 12)).toBeLessThan(0.6);
  });

  test('sparse spreads some 225 tasks a day over three days', () => {
    const all = SEEDS.map((seed) => sparse({ ...ONE, seed }));
    const mean = all.reduce((sum, tasks) => sum + tasks.length, 0) / all.length / 3;
    expect(Math.abs(mean - 225)).toBeLessThan(45);
    const last = Math.max(...all.flat().map(({ releaseAt }) => releaseAt));
    expect(last).toBeGreaterThan(START + 48 * HOUR_MS);
    expect(last).toBeLessThan(START + 72 * HOUR_MS);
  });

  test('take their parameters', () => {
    const wide = bursty({ ...ONE, seed: 1, days: 2, peakPerHour: 5, meanWidth: 30 });
    const reports = wide.filter(({ id }) => id.endsWith('/report'));
    expect(Math.abs(reports.length - 2 * 5 * PEAK_HOURS)).toBeLessThan(45);
    expect(Math.min(...reports.map(({ after }) => after.length))).toBeGreaterThanOrEqual(10);
    expect(steady({ ...ONE, seed: 1, tasksPerHour: 10 }).length).toBeLessThan(330);
  });
});

describe('the curve of a day', () => {
  test('is one at three in the afternoon and repeats every day', () => {
    expect(dayCurve(15 * HOUR_MS)).toBe(1);
    expect(dayCurve((24 + 15) * HOUR_MS)).toBe(1);
  });

  test('changes evenly between two full hours', () => {
    expect(dayCurve(8.5 * HOUR_MS)).toBeCloseTo(
      (dayCurve(8 * HOUR_MS) + dayCurve(9 * HOUR_MS)) / 2,
    );
  });

  test('places as many arrivals as asked for', () => {
    expect(dayArrivals(1, START, 37)).toHaveLength(37);
  });
});
