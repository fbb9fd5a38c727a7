/** Sentences that describe a chart, from nothing but the record. */
import { max } from 'd3-array';
import type { ClassRecord, RunRecord, Sample } from '../record.ts';
import {
  counted,
  formatClock,
  formatDay,
  formatDuration,
  formatNumber,
  formatShare,
} from './format.ts';
import { demandOf, greatest, instancesOf, meanOverTime } from './series.ts';
import type { Figures } from './summary.ts';
import { STATES, demandIsCut, maxInSight } from './timeline.ts';

type Period = Pick<RunRecord, 'from' | 'to'>;

/** What the chart over time shows. */
export function readTimeline(one: ClassRecord, period: Period): string {
  const longest = greatest(one.samples, (sample) => sample.unclaimed);
  const fullest = greatest(one.samples, instancesOf);
  const demand = greatest(one.samples, demandOf);
  if (!longest || !fullest || !demand || isQuiet(one)) {
    return 'No task waited or ran, and no instance existed.';
  }
  const when = (at: number) => clockIn(period, at);
  const longestWait = max(one.waits);
  const empty = 1 - meanOverTime(one.samples, period, (sample) => instancesOf(sample) > 0);
  const full = meanOverTime(one.samples, period, (sample) => sample.desired >= one.max);
  return [
    longest.unclaimed > 0
      ? `The queue was longest at ${when(longest.at)} UTC, when ${counted(longest.unclaimed, 'task')} waited` +
        (longestWait === undefined
          ? '.'
          : `; the longest wait of the run was ${formatDuration(longestWait)}.`)
      : 'No task was seen waiting.',
    instancesOf(fullest) > 0
      ? `Most instances existed at ${when(fullest.at)} UTC: ${formatNumber(instancesOf(fullest))} (${byState(fullest)}).`
      : 'No instance existed.',
    full > 0
      ? `Desired capacity was at its maximum of ${formatNumber(one.max)} for ${formatShare(full)} of the time.`
      : `Desired capacity stayed below its maximum of ${formatNumber(one.max)}` +
        `${maxInSight(one) ? '' : ', which lies above the chart'}.`,
    ...(demandIsCut(one)
      ? [
          `Demand rose beyond the chart, to ${counted(demandOf(demand), 'task')} at ${when(demand.at)} UTC.`,
        ]
      : []),
    ...(empty > 0 ? [`For ${formatShare(empty)} of the time there was no instance at all.`] : []),
  ].join(' ');
}

/** Whether nothing at all happened, so that there is nothing to chart. */
export function isQuiet({ samples }: ClassRecord): boolean {
  return samples.every((sample) => instancesOf(sample) + demandOf(sample) === 0);
}

/** What the closer look at the busiest part shows. */
export function readBusiest(one: ClassRecord, period: Period): string {
  const all = meanOverTime(one.samples, period, instancesOf);
  const shares = STATES.map((state) => ({
    state,
    share: meanOverTime(one.samples, period, (sample) => sample[state]) / all,
  })).filter(({ share }) => share > 0);
  const length = formatDuration((period.to - period.from) / 1000);
  return (
    `A closer look at the busiest ${length}, by instance time. ` +
    `Of the instance time in it, ${listed(shares.map(({ state, share }) => `${formatShare(share)} was ${state}`))}.`
  );
}

/** What the distribution of waits shows. */
export function readWaits({ wait, tasksServed }: Figures): string {
  if (wait === null) return 'No task was served, so there is no wait to show.';
  if (tasksServed === 1) return `One task was served; it waited ${formatDuration(wait.max)}.`;
  return (
    `Of ${counted(tasksServed, 'task')} served, the median wait was ${formatDuration(wait.p50)} and the ` +
    `mean ${formatDuration(wait.mean)}; the longest was ${formatDuration(wait.max)}.`
  );
}

/** `2 booting and 5 busy`, without the states that no instance is in. */
function byState(sample: Sample): string {
  const parts = STATES.filter((state) => sample[state] > 0).map(
    (state) => `${formatNumber(sample[state])} ${state}`,
  );
  return listed(parts);
}

function listed(parts: readonly string[]): string {
  return [parts.slice(0, -1).join(', '), ...parts.slice(-1)].filter(Boolean).join(' and ');
}

/** `09:12` within one day, `17 Nov 09:12` in a longer run. */
function clockIn(period: Period, at: number): string {
  const sameDay = formatDay(period.from) === formatDay(period.to);
  return sameDay ? formatClock(at) : `${formatDay(at)} ${formatClock(at)}`;
}
