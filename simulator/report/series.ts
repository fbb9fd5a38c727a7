/** Samples as step functions of time: reduced for drawing, and asked about moments and shares. */
import { max } from 'd3-array';
import type { ClassRecord, Sample } from '../record.ts';

/** Tasks that wait and tasks that run. */
export const demandOf = (sample: Sample): number => sample.unclaimed + sample.running;

/** Instances of every state. */
export const instancesOf = (sample: Sample): number =>
  sample.booting + sample.idle + sample.busy + sample.finishing;

/** What the reduction keeps the extremes of: every quantity that is drawn. */
const DRAWN: readonly ((sample: Sample) => number)[] = [
  (sample) => sample.unclaimed,
  demandOf,
  (sample) => sample.desired,
  (sample) => sample.busy,
  (sample) => sample.busy + sample.idle,
  (sample) => sample.busy + sample.idle + sample.booting,
  instancesOf,
];

/** Least `limit` for which one bucket always fits: two ends, and two extremes per quantity. */
const LEAST_LIMIT = 2 + 2 * DRAWN.length;

/**
 * At most `limit` of the samples, in order, none changed. Time is cut into equal buckets; each keeps
 * its first and last sample and, of every drawn quantity, a least and a greatest one. So peaks and
 * dips keep their height and their moment, however short they were.
 *
 * @param limit at least 16; fewer are taken as 16
 */
export function downsample(samples: readonly Sample[], limit: number): readonly Sample[] {
  const most = Math.max(limit, LEAST_LIMIT);
  if (samples.length <= most) return samples;
  for (let buckets = Math.ceil(most / 2); ;) {
    const kept = keepExtremes(samples, buckets);
    if (kept.length <= most) return kept;
    buckets = Math.max(1, Math.floor(((buckets * most) / kept.length) * 0.95));
  }
}

/**
 * Greatest number of instances at one moment over all given classes. A class's own total counts too:
 * it also saw what came and went within one sample.
 */
export function peakInstances(classes: readonly ClassRecord[]): number {
  const changes = classes.flatMap(({ samples }) =>
    samples.map((sample, index) => {
      const before = samples[index - 1];
      return { at: sample.at, by: instancesOf(sample) - (before ? instancesOf(before) : 0) };
    }),
  );
  changes.sort((a, b) => a.at - b.at);
  let [present, peak] = [0, 0];
  changes.forEach(({ at, by }, index) => {
    present += by;
    // What happens at the same instant in two classes counts only when all of it has happened.
    if (changes[index + 1]?.at !== at) peak = Math.max(peak, present);
  });
  return Math.max(peak, max(classes, (one) => one.totals.peakInstances) ?? 0);
}

/** The first sample at which `of` is greatest, or undefined when there is none. */
export function greatest(
  samples: readonly Sample[],
  of: (sample: Sample) => number,
): Sample | undefined {
  let best: Sample | undefined;
  for (const sample of samples) if (best === undefined || of(sample) > of(best)) best = sample;
  return best;
}

/**
 * Mean of `of` over the time from `from` to `to`, in which each sample counts as long as it holds. Time
 * before the first sample counts as 0. A truth value gives the share of time in which it was true.
 */
export function meanOverTime(
  samples: readonly Sample[],
  period: { readonly from: number; readonly to: number },
  of: (sample: Sample) => number | boolean,
): number {
  let area = 0;
  samples.forEach((sample, index) => {
    const until = Math.min(samples[index + 1]?.at ?? period.to, period.to);
    area += Number(of(sample)) * Math.max(until - Math.max(sample.at, period.from), 0);
  });
  const length = period.to - period.from;
  return length > 0 ? area / length : 0;
}

function keepExtremes(samples: readonly Sample[], buckets: number): readonly Sample[] {
  const from = samples[0]?.at ?? 0;
  const width = ((samples.at(-1)?.at ?? 0) - from) / buckets || 1;
  // The last sample lies on the upper edge of the last bucket and belongs to it.
  const bucketOf = (sample: Sample) =>
    Math.min(Math.floor((sample.at - from) / width), buckets - 1);
  const kept: Sample[] = [];
  let begin = 0;
  samples.forEach((sample, index) => {
    const next = samples[index + 1];
    if (next !== undefined && bucketOf(next) === bucketOf(sample)) return;
    kept.push(...extremes(samples, { begin, end: index + 1 }));
    begin = index + 1;
  });
  return kept;
}

/** The first and the last sample from `begin` to before `end`, and a least and a greatest of each quantity. */
function extremes(
  samples: readonly Sample[],
  { begin, end }: { readonly begin: number; readonly end: number },
): readonly Sample[] {
  const keep = new Set([begin, end - 1]);
  if (end - begin > 2) {
    for (const quantity of DRAWN) {
      let [least, most] = [begin, begin];
      let [lowest, highest] = [Infinity, -Infinity];
      for (let index = begin; index < end; index++) {
        const sample = samples[index];
        const value = sample ? quantity(sample) : Number.NaN;
        if (value < lowest) [least, lowest] = [index, value];
        if (value > highest) [most, highest] = [index, value];
      }
      keep.add(least).add(most);
    }
  }
  return [...keep].sort((a, b) => a - b).flatMap((index) => samples[index] ?? []);
}
