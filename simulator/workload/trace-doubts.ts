/** Whether the durations of a trace can be what they are taken for. */
import { TraceError } from './trace-error.ts';
import { DURATION_UNITS, type DurationUnit } from './trace-values.ts';

/** What is remembered of the first rows, so that a trace of a million rows stays small. */
export interface DurationSample {
  /** Milliseconds, as read. */
  readonly durations: number[];
  /** Duration by time from start to end, where a row has both and neither is 0. */
  readonly ratios: number[];
}

export const SAMPLED_ROWS = 10_000;

interface Taken {
  readonly column: string;
  readonly unit: DurationUnit;
  /** Whether neither the caller nor the column's name says the unit. */
  readonly isAssumed: boolean;
}

/** Start and end differ from the duration by set-up and clean-up; another unit is a factor of 60 at least. */
const MOST_RATIO = 20;
/** Longer than any job of the CI systems by default, in hours. */
const LONG_HOURS = 12;

/**
 * @throws TraceError when half of the durations disagree with start and end as another unit would, or when
 *   the unit is assumed and half of the jobs would run for longer than `LONG_HOURS`
 */
export function doubtDurations({ durations, ratios }: DurationSample, taken: Taken): void {
  const ratio = medianOf(ratios);
  if (ratio !== undefined && (ratio > MOST_RATIO || ratio < 1 / MOST_RATIO)) {
    const fitting = unitThatFits(taken.unit, ratio);
    const times = ratio > 1 ? `${rounded(ratio)} times` : `1/${rounded(1 / ratio)} of`;
    const rows = ratios.length === 1 ? 'the one row with all three' : `${ratios.length} rows`;
    throw new TraceError(
      `taken as ${taken.unit}, it is ${times} the time from start to end, by the median of ${rows}; ` +
        (fitting === undefined
          ? "name another column with --column 'duration=NAME'"
          : `it fits --duration-unit ${fitting}`),
      { column: taken.column },
    );
  }
  const median = medianOf(durations) ?? 0;
  const hours = median / DURATION_UNITS.hours;
  if (!taken.isAssumed || ratios.length > 0 || hours <= LONG_HOURS) return;
  throw new TraceError(
    `taken as ${taken.unit}, half of the jobs ran for ${rounded(hours)} h or longer; ` +
      `say the unit: --duration-unit milliseconds, or --duration-unit ${taken.unit} if they did`,
    { column: taken.column },
  );
}

/** The unit in which duration and the time from start to end would be of one size. */
function unitThatFits(taken: DurationUnit, ratio: number): DurationUnit | undefined {
  const wanted = DURATION_UNITS[taken] / ratio;
  return UNITS.find(
    (unit) => DURATION_UNITS[unit] / wanted < 3 && wanted / DURATION_UNITS[unit] < 3,
  );
}

const UNITS = ['milliseconds', 'seconds', 'minutes', 'hours'] as const;

function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function rounded(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en-US');
}
