/** What is charted of a resource class: the whole run, and a closer look at its busiest part. */
import { sum } from 'd3-array';
import type { ClassRecord, RunRecord, Sample } from '../record.ts';
import { downsample, instancesOf } from './series.ts';

export interface View {
  readonly kind: 'run' | 'busiest';
  /** Milliseconds since the epoch, in virtual time. */
  readonly from: number;
  readonly to: number;
  /** The class with the samples of this period only. */
  readonly one: ClassRecord;
  /** Its samples as they are drawn: reduced where they are many. */
  readonly drawn: readonly Sample[];
}

/** The closer look is a multiple of five minutes long: from twenty minutes to six hours. */
const STEP = 300_000;

/** @param points greatest number of samples drawn per view */
export function viewsOf(
  one: ClassRecord,
  period: Pick<RunRecord, 'from' | 'to'>,
  points: number,
): readonly View[] {
  const view = (kind: View['kind'], part: Omit<View, 'kind' | 'drawn'>): View => ({
    kind,
    ...part,
    drawn: downsample(part.one.samples, points),
  });
  const { from, to } = period;
  const run = view('run', { from, to, one });
  // A boot of 50 s is one pixel wide in the chart of a day; here it is some twelve.
  const twelfth = Math.round((to - from) / 12 / STEP) * STEP;
  const length = Math.min(Math.max(twelfth, 4 * STEP), 72 * STEP);
  if (length > (to - from) / 3 || !one.samples.some((sample) => instancesOf(sample) > 0)) {
    return [run];
  }
  const begin = busiestFrom(one.samples, period, length);
  return [run, view('busiest', cut(one, begin, begin + length))];
}

/** The beginning of the stretch of `length` with the most instance time, in steps of a quarter of it. */
function busiestFrom(
  samples: readonly Sample[],
  { from, to }: Pick<RunRecord, 'from' | 'to'>,
  length: number,
): number {
  const quarter = length / 4;
  const quarters = new Float64Array(Math.ceil((to - from) / quarter) + 1);
  samples.forEach((sample, index) => {
    const until = Math.min(samples[index + 1]?.at ?? to, to);
    for (let at = Math.max(sample.at, from); at < until;) {
      const slot = Math.floor((at - from) / quarter);
      const end = Math.min(from + (slot + 1) * quarter, until);
      quarters[slot] = (quarters[slot] ?? 0) + instancesOf(sample) * (end - at);
      at = end;
    }
  });
  let [best, most] = [from, -1];
  for (let slot = 0; from + slot * quarter + length <= to; slot++) {
    const instanceTime = sum(quarters.subarray(slot, slot + 4));
    if (instanceTime > most) [best, most] = [from + slot * quarter, instanceTime];
  }
  return best;
}

function cut(one: ClassRecord, from: number, to: number): Omit<View, 'kind' | 'drawn'> {
  const before: Sample | undefined = one.samples.findLast(({ at }) => at < from);
  const within = one.samples.filter(({ at }) => at >= from && at <= to);
  // The state at the beginning is the one that lasted from before.
  const carried = before && within[0]?.at !== from ? [{ ...before, at: from }] : [];
  return { from, to, one: { ...one, samples: [...carried, ...within] } };
}
