/** What is charted of a resource class: the whole run, and a closer look at its busiest part. */
import type { ClassRecord, RunRecord, Sample } from '../record.ts';
import { downsample, greatest, instancesOf } from './series.ts';

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

const MINUTE = 60_000;

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
  const length = Math.min(Math.max((to - from) / 12, 20 * MINUTE), 360 * MINUTE);
  const fullest = greatest(one.samples, instancesOf);
  if (!fullest || instancesOf(fullest) === 0 || length > (to - from) / 3) return [run];
  const centred = Math.floor((fullest.at - length / 2) / (5 * MINUTE)) * 5 * MINUTE;
  const begin = Math.max(Math.min(centred, to - length), from);
  return [run, view('busiest', cut(one, begin, begin + length))];
}

function cut(one: ClassRecord, from: number, to: number): Omit<View, 'kind' | 'drawn'> {
  const before: Sample | undefined = one.samples.findLast(({ at }) => at < from);
  const within = one.samples.filter(({ at }) => at >= from && at <= to);
  // The state at the beginning is the one that lasted from before.
  const carried = before && within[0]?.at !== from ? [{ ...before, at: from }] : [];
  return { from, to, one: { ...one, samples: [...carried, ...within] } };
}
