/** When pipelines arrive. */
import { drawArrivalMs, stream } from '../world/random.ts';

const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/**
 * Arrivals in each hour of a working day, as shares of the busiest: a quiet night, the morning's ramp,
 * a dip at noon, the afternoon's peak and the evening's tail. The values hold at the full hours and
 * change evenly in between. Our own shape, not a measured one.
 */
const DAY_CURVE = [
  0.02, 0.01, 0.01, 0.01, 0.01, 0.02, 0.04, 0.12, 0.35, 0.65, 0.85, 0.7, 0.4, 0.55, 0.9, 1, 0.65,
  0.35, 0.15, 0.08, 0.06, 0.05, 0.04, 0.03,
] as const;

/** Arrivals of a whole day per arrival in an hour at the peak: 7.05. */
export const PEAK_HOURS = DAY_CURVE.reduce((sum, share) => sum + share, 0);

/** Share of the peak's rate, from 0 to 1, at a time since midnight. */
export function dayCurve(sinceMidnightMs: number): number {
  const hour = (sinceMidnightMs / HOUR_MS) % DAY_CURVE.length;
  const from = Math.floor(hour);
  const before = DAY_CURVE[from] ?? 0;
  const next = DAY_CURVE[(from + 1) % DAY_CURVE.length] ?? 0;
  return before + (next - before) * (hour - from);
}

export interface Arrivals {
  readonly seed: number;
  /** Midnight of the first day, in milliseconds since the epoch. */
  readonly startAt: number;
  readonly durationMs: number;
  /** Arrivals per hour where the curve is 1. */
  readonly peakPerHour: number;
  /** Share of the peak's rate at a time since `startAt`. Default: always 1. */
  readonly curve?: (sinceStartMs: number) => number;
}

/** A Poisson process whose rate follows the curve. Moments in order, in milliseconds since the epoch. */
export function poissonArrivals(arrivals: Arrivals): readonly number[] {
  const gaps = stream(arrivals.seed, 'arrival gaps');
  const keeps = stream(arrivals.seed, 'arrival keeps');
  const moments: number[] = [];
  let since = 0;
  // Thinning: candidates at the peak's rate, each kept with the share that holds at its time.
  for (let index = 0; ; index += 1) {
    since += drawArrivalMs(arrivals.peakPerHour, gaps, index);
    if (since >= arrivals.durationMs) return moments;
    if (keeps(index) < (arrivals.curve?.(since) ?? 1)) moments.push(arrivals.startAt + since);
  }
}

/** A given number of arrivals over one day that follows the day's curve, in order. */
export function dayArrivals(seed: number, startAt: number, count: number): readonly number[] {
  const places = stream(seed, 'day places');
  const keeps = stream(seed, 'day keeps');
  const moments: number[] = [];
  for (let index = 0; moments.length < count; index += 1) {
    const since = Math.floor(places(index) * DAY_MS);
    if (keeps(index) < dayCurve(since)) moments.push(startAt + since);
  }
  return moments.sort((a, b) => a - b);
}
