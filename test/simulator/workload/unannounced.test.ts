import { describe, expect, test } from '@jest/globals';
import { mean, sum } from 'd3-array';
import {
  DAY_MS,
  PEAK_HOURS,
  burstArrivals,
  dayCurve,
  weekCurve,
} from '../../../simulator/workload/arrivals.ts';
import { unannouncedDay, unannouncedWeek } from '../../../simulator/workload/unannounced.ts';
import type { TaskSpec } from '../../../simulator/world/task.ts';

/** A Monday. */
const START = Date.UTC(2026, 0, 5);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const ONE = { startAt: START, resourceClass: 'acme/linux' };

const DAYS = SEEDS.map((seed) => unannouncedDay({ ...ONE, seed }));
const WEEKS = SEEDS.map((seed) => unannouncedWeek({ ...ONE, seed }));

/** How much of the curve had passed at each release, in its hours at 1. */
function placesOf(tasks: readonly TaskSpec[], curve: (since: number) => number): number[] {
  const passed = [0];
  for (let minute = 0; minute < (7 * DAY_MS) / MINUTE_MS; minute += 1) {
    passed.push((passed[minute] ?? 0) + curve((minute + 0.5) * MINUTE_MS) / 60);
  }
  return tasks.map(({ releaseAt }) => {
    const at = (releaseAt - START) / MINUTE_MS;
    const from = Math.floor(at);
    const [before = 0, next = 0] = passed.slice(from, from + 2);
    return before + (next - before) * (at - from);
  });
}

/** The gaps between releases where time passes as the curve says, in multiples of their mean. */
function gapsOf(tasks: readonly TaskSpec[], curve: (since: number) => number): number[] {
  const places = placesOf(tasks, curve);
  const gaps = places.slice(1).map((place, index) => place - (places[index] ?? 0));
  const usual = mean(gaps) ?? Number.NaN;
  return gaps.map((gap) => gap / usual);
}

/** The deviation of gaps whose mean is 1. */
const spreadOf = (gaps: readonly number[]) => Math.sqrt(mean(gaps, (gap) => (gap - 1) ** 2) ?? 0);

/** How much a gap says about the next one, from -1 to 1. */
const echoOf = (gaps: readonly number[]) =>
  (mean(gaps.slice(1), (gap, index) => (gap - 1) * ((gaps[index] ?? 0) - 1)) ?? 0) /
  spreadOf(gaps) ** 2;

const shareOf = (values: readonly number[], holds: (value: number) => boolean) =>
  values.filter(holds).length / values.length;

const secondsOf = (all: readonly (readonly TaskSpec[])[]) =>
  all.flatMap((tasks) => tasks.map(({ durationMs }) => durationMs / 1000));

describe.each([
  ['day', DAYS],
  ['week', WEEKS],
])('the tasks of the unannounced %s', (_name, all) => {
  test('wait for no other, and are a pipeline each', () => {
    for (const tasks of all) {
      expect(tasks.filter(({ after }) => after.length > 0)).toEqual([]);
      expect(new Set(tasks.map(({ pipeline }) => pipeline)).size).toBe(tasks.length);
    }
  });
});

describe('the unannounced day', () => {
  test.each(SEEDS)('has about 1,000 tasks, seed %i', (seed) => {
    const tasks = unannouncedDay({ ...ONE, seed });
    expect(Math.abs(tasks.length - 142 * PEAK_HOURS)).toBeLessThan(5 * Math.sqrt(1001));
    expect(tasks.at(-1)?.releaseAt).toBeLessThan(START + DAY_MS);
  });

  test('follows the hour of the day', () => {
    const all = DAYS.flat();
    for (let hour = 0; hour < 24; hour += 1) {
      const from = START + hour * HOUR_MS;
      const count = all.filter(
        ({ releaseAt }) => releaseAt >= from && releaseAt < from + HOUR_MS,
      ).length;
      const usual = (dayCurve(hour * HOUR_MS) + dayCurve((hour + 1) * HOUR_MS)) / 2;
      const expected = SEEDS.length * 142 * usual;
      expect(Math.abs(count - expected)).toBeLessThan(5 * Math.sqrt(expected));
    }
  });

  test('has the gaps of a Poisson process, none of which says anything about the next', () => {
    const gaps = DAYS.flatMap((tasks) => gapsOf(tasks, dayCurve));
    expect(spreadOf(gaps)).toBeCloseTo(1, 1);
    expect(shareOf(gaps, (gap) => gap > 1)).toBeCloseTo(Math.exp(-1), 1);
    expect(Math.abs(echoOf(gaps))).toBeLessThan(0.05);
  });

  test('has durations of half 180 s or less, and of a mean of 270 s', () => {
    const seconds = secondsOf(DAYS);
    expect(Math.abs(shareOf(seconds, (each) => each <= 180) - 0.5)).toBeLessThan(0.03);
    expect(Math.abs((mean(seconds) ?? 0) - 270)).toBeLessThan(15);
    const share = shareOf(seconds, (each) => each > 24 * 60);
    expect(share).toBeGreaterThan(0.006);
    expect(share).toBeLessThan(0.014);
  });
});

describe('the unannounced week', () => {
  test('has 1,900 tasks, on the weekend about a seventh as many a day as before it', () => {
    const perDay = Array.from({ length: 7 }, () => 0);
    for (const tasks of WEEKS) {
      expect(tasks).toHaveLength(1900);
      for (const { releaseAt } of tasks) {
        const day = Math.floor((releaseAt - START) / DAY_MS);
        perDay[day] = (perDay[day] ?? 0) + 1;
      }
    }
    const weekend = sum(perDay.slice(5)) / 2;
    const working = sum(perDay.slice(0, 5)) / 5;
    expect(perDay).toHaveLength(7);
    expect(weekend / working).toBeGreaterThan(0.1);
    expect(weekend / working).toBeLessThan(0.2);
  });

  test('has bursts and pauses, and no gap says anything about the next', () => {
    const gaps = WEEKS.flatMap((tasks) => gapsOf(tasks, weekCurve));
    expect(spreadOf(gaps)).toBeGreaterThan(2.5);
    expect(shareOf(gaps, (gap) => gap < 0.1)).toBeGreaterThan(0.42);
    const share = shareOf(gaps, (gap) => gap > 13);
    expect(share).toBeGreaterThan(0.007);
    expect(share).toBeLessThan(0.014);
    expect(Math.abs(echoOf(gaps))).toBeLessThan(0.05);
  });

  test('has durations of a heavy tail, which a limit ends', () => {
    const seconds = secondsOf(WEEKS).toSorted((a, b) => b - a);
    expect(seconds[0]).toBe(12 * 3600);
    expect(Math.min(...seconds)).toBeGreaterThanOrEqual(60);
    expect(shareOf(seconds, (each) => each === 12 * 3600)).toBeCloseTo(0.01, 2);
    expect(Math.abs(shareOf(seconds, (each) => each < 180) - 0.54)).toBeLessThan(0.02);
    expect(Math.abs(shareOf(seconds, (each) => each > 26 * 60) - 0.1)).toBeLessThan(0.015);
    expect(Math.abs((mean(seconds) ?? 0) / 60 - 22)).toBeLessThan(3);
    const longest = seconds.slice(0, seconds.length / 10);
    expect(sum(longest) / sum(seconds)).toBeCloseTo(0.8, 1);
  });
});

describe('arrivals in bursts', () => {
  test('are as many as asked for, within the days, in order', () => {
    const moments = burstArrivals({
      seed: 1,
      startAt: START,
      days: 2,
      count: 50,
      shape: 0.4,
      curve: () => 1,
    });
    expect(moments).toHaveLength(50);
    expect(moments).toEqual(moments.toSorted((a, b) => a - b));
    expect(moments[0]).toBeGreaterThanOrEqual(START);
    expect(moments.at(-1)).toBeLessThan(START + 2 * DAY_MS);
  });

  test('come only while the curve is above nothing', () => {
    const moments = burstArrivals({
      seed: 1,
      startAt: START,
      days: 2,
      count: 50,
      shape: 1,
      curve: (since) => (since < DAY_MS ? 0 : 1),
    });
    expect(moments).toHaveLength(50);
    expect(moments[0]).toBeGreaterThanOrEqual(START + DAY_MS);
  });
});

test('the curve of a week is that of its days, and low on Saturday and Sunday', () => {
  for (const day of [0, 1, 2, 3, 4, 7]) {
    expect(weekCurve(day * DAY_MS + 15 * HOUR_MS)).toBe(1);
  }
  for (const day of [5, 6, 12]) expect(weekCurve(day * DAY_MS + 15 * HOUR_MS)).toBe(0.15);
});
