/** The distribution of waits: its statistics, and its curve for a chart. */
import { mean } from 'd3-array';

/** Seconds from release to claim. */
export interface WaitStatistics {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Null when no task was served: a mean of nothing is not 0. */
export function waitStatistics(waits: readonly number[]): WaitStatistics | null {
  const sorted = sortedWaits(waits);
  if (sorted.length === 0) return null;
  return {
    mean: mean(sorted) ?? 0,
    p50: percentile(sorted, 50),
    p95: percentile(sorted, 95),
    p99: percentile(sorted, 99),
    max: percentile(sorted, 100),
  };
}

/**
 * The nearest-rank percentile: the smallest value such that at least `percent` per cent of all values
 * are no greater, which is the value at rank ⌈percent / 100 × n⌉. It is always a value that occurred;
 * nothing is interpolated. NaN when there are no values.
 *
 * @param sorted values in ascending order
 * @param percent above 0, at most 100
 */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  // Multiplying first keeps whole ranks whole: 0.07 × 100 is 7.000000000000001 in floating point.
  const rank = Math.ceil((percent * sorted.length) / 100);
  return sorted[Math.max(rank, 1) - 1] ?? Number.NaN;
}

/** A point of the curve: `share` of all tasks waited `seconds` or less. */
export interface CurvePoint {
  readonly seconds: number;
  readonly share: number;
}

/**
 * The empirical distribution function: exact when there are at most `limit` waits, otherwise `limit`
 * of its points at evenly spaced ranks, the first and the last among them.
 */
export function waitCurve(waits: readonly number[], limit: number): readonly CurvePoint[] {
  const sorted = sortedWaits(waits);
  const count = Math.min(sorted.length, limit);
  return Array.from({ length: count }, (_, index) => {
    const rank =
      count === 1 ? sorted.length : 1 + Math.round((index * (sorted.length - 1)) / (count - 1));
    return { seconds: sorted[rank - 1] ?? 0, share: rank / sorted.length };
  });
}

export function sortedWaits(waits: readonly number[]): Float64Array {
  return Float64Array.from(waits).sort();
}
