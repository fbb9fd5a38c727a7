import { describe, expect, test } from '@jest/globals';
import { percentile, waitCurve, waitStatistics } from '../../../simulator/report/waits.ts';

describe('percentiles by nearest rank', () => {
  test('are values that occurred, never interpolated', () => {
    const sorted = [15, 20, 35, 40, 50];
    expect([5, 30, 40, 50, 100].map((percent) => percentile(sorted, percent))).toEqual([
      15, 20, 20, 35, 50,
    ]);
  });

  test('have the given share of values at or below them', () => {
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([50, 95, 99].map((percent) => percentile(sorted, percent))).toEqual([50, 95, 99]);
  });

  test('of one value are that value', () => {
    expect([1, 50, 99, 100].map((percent) => percentile([7], percent))).toEqual([7, 7, 7, 7]);
  });

  test('do not slip a rank through floating point', () => {
    const sorted = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentile(sorted, 7)).toBe(7);
    expect(percentile(sorted, 29)).toBe(29);
  });
});

describe('statistics of waits', () => {
  test('do not depend on the order of the waits', () => {
    const expected = { mean: 4, p50: 3, p95: 10, p99: 10, max: 10 };
    expect(waitStatistics([10, 1, 3, 2, 4])).toEqual(expected);
    expect(waitStatistics([1, 2, 3, 4, 10])).toEqual(expected);
  });

  test('sort by size and not by spelling', () => {
    expect(waitStatistics([9, 100, 20])?.p50).toBe(20);
  });

  test('do not exist when no task was served', () => {
    expect(waitStatistics([])).toBeNull();
  });
});

describe('the curve of waits', () => {
  test('is exact when there are few waits', () => {
    expect(waitCurve([4, 1, 2, 2], 10)).toEqual([
      { seconds: 1, share: 0.25 },
      { seconds: 2, share: 0.5 },
      { seconds: 2, share: 0.75 },
      { seconds: 4, share: 1 },
    ]);
  });

  test('keeps the shortest and the longest when it is thinned out', () => {
    const curve = waitCurve(
      Array.from({ length: 5000 }, (_, index) => index),
      50,
    );
    expect(curve).toHaveLength(50);
    expect(curve[0]).toEqual({ seconds: 0, share: 1 / 5000 });
    expect(curve.at(-1)).toEqual({ seconds: 4999, share: 1 });
  });
});
