/** When pipelines arrive. */
import { drawArrivalMs, stream } from '../world/random.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
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

/** Arrivals on a Saturday or a Sunday, as a share of a working day's. Our own choice. */
const WEEKEND_SHARE = 0.15;

/** The same over a week that begins with a Monday: five working days, and a weekend of the same shape. */
export function weekCurve(sinceMondayMs: number): number {
  const day = Math.floor(sinceMondayMs / DAY_MS) % 7;
  return dayCurve(sinceMondayMs) * (day < 5 ? 1 : WEEKEND_SHARE);
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

export interface BurstArrivals {
  readonly seed: number;
  /** Midnight of the first day, in milliseconds since the epoch. */
  readonly startAt: number;
  readonly days: number;
  readonly count: number;
  /** Of the gaps' Weibull distribution: at 1 they are a Poisson process's, below it their tail is heavier. */
  readonly shape: number;
  /** How fast time passes for the gaps, in any unit, at a time since `startAt`. */
  readonly curve: (sinceStartMs: number) => number;
}

/**
 * A given number of arrivals with independent gaps of a heavy tail, in order: many within moments, then
 * a long pause. All gaps are stretched alike to fill the days; where the curve is high, they pass quickly.
 */
export function burstArrivals(arrivals: BurstArrivals): readonly number[] {
  const { seed, startAt, days, count, shape, curve } = arrivals;
  const gaps = stream(seed, 'burst gaps');
  const places: number[] = [];
  let end = 0;
  // One gap more than arrivals: from the last one to the end.
  for (let index = 0; index <= count; index += 1) {
    end += (-Math.log(1 - gaps(index))) ** (1 / shape);
    places.push(end);
  }
  const speeds = Array.from({ length: (days * DAY_MS) / MINUTE_MS }, (_, minute) =>
    curve((minute + 0.5) * MINUTE_MS),
  );
  const stretch = speeds.reduce((sum, speed) => sum + speed, 0) / end;
  const moments: number[] = [];
  let passed = 0;
  for (const [minute, speed] of speeds.entries()) {
    for (;;) {
      const left = (places[moments.length] ?? end) * stretch - passed;
      if (moments.length === count || left >= speed) break;
      moments.push(startAt + Math.floor((minute + left / speed) * MINUTE_MS));
    }
    passed += speed;
  }
  return moments;
}
