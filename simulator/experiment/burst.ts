/** What a rule did in one burst, small enough to be drawn for every rule. */
import type { ClassRecord, Sample } from '../record.ts';
import { downsample, greatest } from '../report/series.ts';

/** One class over a few minutes. Moments in milliseconds since the epoch. */
export interface Burst {
  readonly resourceClass: string;
  readonly from: number;
  readonly to: number;
  readonly max: number;
  readonly samples: readonly Sample[];
}

export interface Stretch {
  readonly from: number;
  readonly to: number;
}

const BEFORE_MS = 3 * 60_000;
const AFTER_MS = 12 * 60_000;
const POINTS = 250;

/** The minutes around the moment at which most tasks of one class waited. */
export function greatestBurst(
  classes: readonly ClassRecord[],
): (Stretch & { readonly resourceClass: string }) | undefined {
  let found: { readonly sample: Sample; readonly resourceClass: string } | undefined;
  for (const { samples, resourceClass } of classes) {
    const sample = greatest(samples, ({ unclaimed }) => unclaimed);
    if (sample !== undefined && sample.unclaimed > (found?.sample.unclaimed ?? 0)) {
      found = { sample, resourceClass };
    }
  }
  if (found === undefined) return undefined;
  const { sample, resourceClass } = found;
  return { resourceClass, from: sample.at - BEFORE_MS, to: sample.at + AFTER_MS };
}

export function burstOf(
  classes: readonly ClassRecord[],
  burst: Stretch & { readonly resourceClass: string },
): Burst {
  const one = classes.find(({ resourceClass }) => resourceClass === burst.resourceClass);
  const samples = cutTo(one?.samples ?? [], burst);
  return { ...burst, max: one?.max ?? 0, samples: downsample(samples, POINTS) };
}

/** The samples of a stretch, of which the first shows the state at its beginning. */
export function cutTo(samples: readonly Sample[], { from, to }: Stretch): readonly Sample[] {
  const next = samples.findIndex(({ at }) => at > from);
  const first = next === -1 ? samples.at(-1) : samples[next - 1];
  const within = next === -1 ? [] : samples.slice(next).filter(({ at }) => at <= to);
  return first === undefined ? within : [{ ...first, at: Math.max(first.at, from) }, ...within];
}
