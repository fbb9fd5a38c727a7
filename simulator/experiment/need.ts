/** The groups of an experiment, and how many machines they may have. */
import { BUILT_IN_PRICES } from '../prices.ts';
import type { ClassRecord } from '../record.ts';
import { instancesOf, meanOverTime } from '../report/series.ts';
import { DEFAULT_INSTANCE_TYPE, type FleetSpec } from '../world/fleet-spec.ts';
import type { TaskSpec } from '../world/task.ts';
import { cutTo } from './burst.ts';
import type { Circumstances, RuleRun } from './run-rule.ts';

/** More machines than any of the workloads needs. */
const AMPLE = 500;
/** A machine without a task ends after this long, as this project ships it. */
const IDLE_TIMEOUT_MS = 300_000;
/** Longer than any job: what is killed here was killed by the rule. */
const MAX_RUN_TIME_MS = 48 * 3_600_000;

/** One fleet for each class that tasks ask for, with more machines than any of them needs. */
export function fleetsFor(tasks: readonly TaskSpec[]): readonly FleetSpec[] {
  const classes = [...new Set(tasks.map(({ resourceClass }) => resourceClass))];
  return classes.map((resourceClass, index) => ({
    group: `fleet-${index + 1}`,
    resourceClass,
    min: 0,
    max: AMPLE,
    headroom: 0,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
    maxRunTimeMs: MAX_RUN_TIME_MS,
    spot: false,
    pricePerHour: BUILT_IN_PRICES.get(DEFAULT_INSTANCE_TYPE) ?? 0,
  }));
}

/** The same with as many machines at most as the oracle's mean need `times` over, and the greatest maximum. */
export function capped(
  ample: Circumstances,
  oracle: RuleRun,
  times: number,
): readonly [Circumstances, number] {
  const end = ample.startAt + oracle.hours * 3_600_000;
  const fleets = ample.fleets.map((fleet, index) => {
    const one = oracle.classes[index];
    const need = one === undefined ? 0 : needOf(one, { from: ample.startAt, to: end });
    return { ...fleet, max: Math.max(1, Math.ceil(times * need)) };
  });
  return [{ ...ample, fleets }, Math.max(...fleets.map(({ max }) => max))];
}

const NEED_MS = 8 * 3_600_000;
const STEP_MS = 3_600_000;

/** The greatest mean number of instances over eight hours that begin at a full hour of the run. */
export function needOf(
  { samples }: Pick<ClassRecord, 'samples'>,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  let need = 0;
  for (let begin = from; begin === from || begin + NEED_MS <= to; begin += STEP_MS) {
    const period = { from: begin, to: Math.min(begin + NEED_MS, to) };
    // `meanOverTime` looks at every sample; those before the period change nothing but the first.
    need = Math.max(need, meanOverTime(cutTo(samples, period), period, instancesOf));
  }
  return need;
}
