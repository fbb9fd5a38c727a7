/** The comparison as tables, for the terminal and as Markdown. */
import { NOTHING, formatNumber } from '../../report/format.ts';
import { textTable } from '../../report/text-table.ts';
import type { Comparison, RuleComparison } from './comparison.ts';
import type { Estimate } from '../statistics.ts';

export interface Column {
  readonly heading: string;
  readonly decimals: number;
  /** Where the estimate stands in the JSON of a rule. */
  readonly path: string;
  readonly of: (rule: RuleComparison) => Estimate;
  /** Whether the confidence interval is shown. */
  readonly sure?: boolean;
}

/** In the order in which they are read: what it does to jobs, to machines, to the bill. */
export const COLUMNS: readonly Column[] = [
  {
    heading: 'wait mean s',
    decimals: 1,
    sure: true,
    path: 'figures.waitMean',
    of: ({ figures }) => figures.waitMean,
  },
  { heading: 'p50', decimals: 0, path: 'figures.waitP50', of: ({ figures }) => figures.waitP50 },
  { heading: 'p95', decimals: 0, path: 'figures.waitP95', of: ({ figures }) => figures.waitP95 },
  {
    heading: 'p99',
    decimals: 0,
    sure: true,
    path: 'figures.waitP99',
    of: ({ figures }) => figures.waitP99,
  },
  ...toOracles({ heading: 'mean', decimals: 3, sure: true }, 'waitMean'),
  ...toOracles({ heading: 'p99', decimals: 2, sure: true }, 'waitP99'),
  {
    heading: 'mean/tutorial',
    decimals: 2,
    path: 'pairs.waitMeanToTutorial',
    of: ({ pairs }) => pairs.waitMeanToTutorial,
  },
  { heading: 'waste', decimals: 3, path: 'figures.waste', of: ({ figures }) => figures.waste },
  ...toOracles({ heading: 'waste', decimals: 3, sure: true }, 'waste'),
  ...toOracles({ heading: 'time', decimals: 3 }, 'instanceSeconds'),
  {
    heading: 'machine h',
    decimals: 1,
    path: 'figures.machineHours',
    of: ({ figures }) => figures.machineHours,
  },
  {
    heading: 'launches',
    decimals: 0,
    path: 'figures.launches',
    of: ({ figures }) => figures.launches,
  },
  {
    heading: 'launches/job',
    decimals: 4,
    path: 'figures.launchesPerTask',
    of: ({ figures }) => figures.launchesPerTask,
  },
  {
    heading: 'never used',
    decimals: 1,
    path: 'figures.neverUsed',
    of: ({ figures }) => figures.neverUsed,
  },
  {
    heading: 'cancels',
    decimals: 1,
    path: 'figures.pendingCancels',
    of: ({ figures }) => figures.pendingCancels,
  },
  {
    heading: 'by decrement',
    decimals: 1,
    path: 'figures.cancelsByDecrement',
    of: ({ figures }) => figures.cancelsByDecrement,
  },
  {
    heading: 'by bounds',
    decimals: 1,
    path: 'figures.cancelsByBounds',
    of: ({ figures }) => figures.cancelsByBounds,
  },
  { heading: 'killed', decimals: 1, path: 'figures.killed', of: ({ figures }) => figures.killed },
  {
    heading: 'by lowering',
    decimals: 1,
    path: 'figures.killedByLowering',
    of: ({ figures }) => figures.killedByLowering,
  },
  {
    heading: 'held min',
    decimals: 0,
    path: 'figures.heldMinutes',
    of: ({ figures }) => figures.heldMinutes,
  },
  {
    heading: 'writes/h',
    decimals: 1,
    path: 'figures.writesPerHour',
    of: ({ figures }) => figures.writesPerHour,
  },
  {
    heading: 'calls/h',
    decimals: 0,
    path: 'figures.callsPerHour',
    of: ({ figures }) => figures.callsPerHour,
  },
  {
    heading: 'machines $/mo',
    decimals: 0,
    path: 'figures.machineCost',
    of: ({ figures }) => figures.machineCost,
  },
  {
    heading: 'control $/mo',
    decimals: 2,
    path: 'figures.controlCost',
    of: ({ figures }) => figures.controlCost,
  },
];

/** A figure's ratio to that of each oracle, side by side. */
function toOracles(
  { heading, ...shown }: Pick<Column, 'heading' | 'decimals' | 'sure'>,
  figure: 'waitMean' | 'waitP99' | 'waste' | 'instanceSeconds',
): readonly Column[] {
  const oracles = [
    { oracle: 'oracle', pair: `${figure}ToOracle` },
    { oracle: 'lagged-oracle', pair: `${figure}ToLaggedOracle` },
  ] as const;
  return oracles.map(({ oracle, pair }) => ({
    ...shown,
    heading: `${heading}/${oracle}`,
    path: `pairs.${pair}`,
    of: ({ pairs }) => pairs[pair],
  }));
}

export const COLUMN_NOTES: readonly string[] = [
  "± is half the 95 % confidence interval over the seeds, by Student's t; ratios are formed seed by seed.",
  'The oracle launches without any lag. The lagged oracle asks at the same instant, and the group takes as long as it does for every rule, which no rule can remove.',
  'waste: billed instance-seconds per instance-second with a task, minus 1; waste/oracle is the ratio of two such wastes, time/oracle that of the billed instance-seconds.',
  'machine h (billed), launches, never used, cancels (booting machines that a lowered capacity ended; of those, by a decrement of a machine and by new bounds of the group, the others by a write of the scaler) and killed (tasks whose machine was ended under them; of those, because the capacity was lowered): per run of the workload.',
  'held min: minutes for which the rule launched less than was wanted because it was futile, over all classes, per run.',
  '$/mo: USD per month if all months were like the workload, at list price, free tiers not counted. A daemon and the oracles have no control plane that could be priced.',
];

export function tableOf(comparison: Comparison): string {
  return textTable([
    ['rule', ...COLUMNS.map(({ heading }) => heading)],
    ...comparison.rules.map((rule) => [
      label(rule),
      ...COLUMNS.map((column) => cellOf(column, rule)),
    ]),
  ]);
}

export function markdownTableOf(comparison: Comparison): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(['rule', ...COLUMNS.map(({ heading }) => heading)]),
    row(['---', ...COLUMNS.map(() => '---:')]),
    ...comparison.rules.map((rule) =>
      row([label(rule), ...COLUMNS.map((column) => cellOf(column, rule))]),
    ),
  ].join('\n');
}

export function headingOf(comparison: Comparison): string {
  const { workload, scenario, seeds, tasks, workloadHours, cap } = comparison;
  const runs = `${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'}`;
  const size = `${formatNumber(tasks)} tasks in ${formatNumber(workloadHours)} h`;
  const limit = cap === undefined ? '' : `, at most ${formatNumber(cap, 1)} machines`;
  return `${workload}, ${scenario}: ${size}, ${runs}${limit}`;
}

/** The value as it is shown everywhere; `–` where there is none. */
export function cellOf({ of, decimals, sure }: Column, rule: RuleComparison): string {
  const { mean, halfWidth } = of(rule);
  if (!Number.isFinite(mean)) return NOTHING;
  const text = formatNumber(mean, decimals);
  return sure && halfWidth !== null ? `${text} ±${formatNumber(halfWidth, decimals)}` : text;
}

/** Marks a rule that left tasks over: its waits look better than they were. */
function label({ name, finished }: RuleComparison): string {
  return finished ? name : `${name} (tasks left)`;
}
