/** Means of few runs, with how sure they are. */
import { deviation, mean } from 'd3-array';

export interface Estimate {
  readonly mean: number;
  /** Half the width of the 95 % confidence interval; null for fewer than two values. */
  readonly halfWidth: number | null;
}

/**
 * The mean with its 95 % confidence interval by Student's t distribution. NaN for no values, and when
 * one of the values is NaN.
 */
export function estimate(values: readonly number[]): Estimate {
  // d3 leaves NaN out; here a value that does not exist must not make the mean look sound.
  if (values.length === 0 || values.some((value) => Number.isNaN(value))) {
    return { mean: Number.NaN, halfWidth: null };
  }
  const spread = deviation(values);
  return {
    mean: mean(values) ?? Number.NaN,
    halfWidth:
      spread === undefined ? null : (t975(values.length - 1) * spread) / Math.sqrt(values.length),
  };
}

/** The estimate of `of` over pairs: what two rules did with the same jobs and the same luck. */
export function paired(
  ones: readonly number[],
  others: readonly number[],
  of: (one: number, other: number) => number,
): Estimate {
  if (ones.length !== others.length) {
    throw new RangeError(
      `${ones.length} values are paired with ${others.length}; allowed: as many of both`,
    );
  }
  return estimate(ones.map((one, index) => of(one, others[index] ?? Number.NaN)));
}

/**
 * The 97.5 % quantile of Student's t, from the table of the NIST handbook.
 *
 * @see https://www.itl.nist.gov/div898/handbook/eda/section3/eda3672.htm
 * @param freedom degrees of freedom, a whole number of at least 1
 */
export function t975(freedom: number): number {
  return T_975[freedom - 1] ?? beyondTable(freedom);
}

const T_975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
];

/** The first terms of the expansion of Cornish and Fisher around the normal quantile. */
function beyondTable(freedom: number): number {
  const z = 1.959964;
  return (
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
  );
}
