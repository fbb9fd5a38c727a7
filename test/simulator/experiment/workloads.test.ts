import { describe, expect, test } from '@jest/globals';
import { CIRCLECI_CLASS_PATTERN } from '../../../lambda/scaler/contract.ts';
import { BUILT_INS } from '../../../simulator/experiment/workloads.ts';
import { BUILT_IN_START } from '../../../simulator/workload/built-in-start.ts';

test('the built-in workloads have a name each and begin on a Monday', () => {
  expect(new Set(BUILT_INS.map(({ name }) => name)).size).toBe(BUILT_INS.length);
  expect(new Date(BUILT_IN_START).getUTCDay()).toBe(1);
});

describe.each(BUILT_INS)('the built-in workload $name', ({ about, days, tasks }) => {
  const made = tasks(1, BUILT_IN_START);

  test('is as long as it says, of classes that can be served', () => {
    expect(about).not.toBe('');
    const hours = made.map(({ releaseAt }) => (releaseAt - BUILT_IN_START) / 3_600_000);
    expect(Math.min(...hours)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...hours)).toBeLessThan(24 * days);
    expect(Math.max(...hours)).toBeGreaterThan(24 * (days - 1));
    for (const { resourceClass } of made) expect(resourceClass).toMatch(CIRCLECI_CLASS_PATTERN);
  });

  test('is the same for the same seed', () => {
    expect(tasks(1, BUILT_IN_START)).toEqual(made);
  });
});
