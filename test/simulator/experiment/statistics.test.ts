import { describe, expect, test } from '@jest/globals';
import { estimate, paired, t975 } from '../../../simulator/experiment/statistics.ts';

describe('an estimate', () => {
  test("has Student's interval: a worked example", () => {
    // Mean 5, standard deviation 2, four values: 3.182 × 2 / 2.
    const { mean, halfWidth } = estimate([5 - Math.sqrt(6), 5, 5, 5 + Math.sqrt(6)]);
    expect(mean).toBeCloseTo(5, 10);
    expect(halfWidth).toBeCloseTo(3.182, 3);
  });

  test('of one value is not sure of anything', () => {
    expect(estimate([7])).toEqual({ mean: 7, halfWidth: null });
  });

  test('of nothing, or of a value that does not exist, is no number', () => {
    expect(estimate([]).mean).toBeNaN();
    expect(estimate([1, Number.NaN]).mean).toBeNaN();
  });

  test.each([
    [1, 12.706],
    [7, 2.365],
    [30, 2.042],
    [40, 2.021],
    [120, 1.98],
    [1_000_000, 1.96],
  ])('takes the quantile of %i degrees of freedom from the table: %d', (freedom, quantile) => {
    expect(t975(freedom)).toBeCloseTo(quantile, 3);
  });

  test('of pairs is sure where the pairs agree, however much the seeds differ', () => {
    expect(paired([2, 20, 200], [1, 10, 100], (one, other) => one / other)).toEqual({
      mean: 2,
      halfWidth: 0,
    });
  });

  test('refuses pairs without a partner', () => {
    expect(() => paired([1, 2], [1], (one, other) => one - other)).toThrow(
      '2 values are paired with 1; allowed: as many of both',
    );
  });
});
