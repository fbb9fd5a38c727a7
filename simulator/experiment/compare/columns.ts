/** The figures that are shown of each rule. */
import { NOTHING, formatNumber } from '../../report/format.ts';
import type { RuleFigures } from '../figures.ts';
import type { Comparison, RuleComparison } from './comparison.ts';
import { shownName } from '../rules/rule.ts';
import type { Estimate } from '../statistics.ts';

export interface Column {
  readonly heading: string;
  readonly decimals: number;
  /** Where the estimate stands in the JSON of a rule. */
  readonly path: string;
  readonly of: (rule: RuleComparison) => Estimate;
  /** Whether the confidence interval is shown. */
  readonly sure?: boolean;
  /** Whether it is shown unless all are asked for: what a rule is chosen by. */
  readonly decides?: boolean;
}

/** In the order in which they are read: what it does to jobs, to machines, to the bill. */
export const ALL_COLUMNS: readonly Column[] = [
  figure('wait mean s', 'waitMean', { decimals: 1, sure: true, decides: true }),
  figure('p50', 'waitP50', { decimals: 0 }),
  figure('p95', 'waitP95', { decimals: 0 }),
  figure('p99', 'waitP99', { decimals: 0, sure: true, decides: true }),
  ...toOracles({ heading: 'mean', decimals: 3, sure: true, decides: true }, 'waitMean'),
  ...toOracles({ heading: 'p99', decimals: 2, sure: true, decides: true }, 'waitP99'),
  {
    heading: 'mean/tutorial',
    decimals: 2,
    path: 'pairs.waitMeanToTutorial',
    of: ({ pairs }) => pairs.waitMeanToTutorial,
  },
  figure('waste', 'waste', { decimals: 3 }),
  ...toOracles({ heading: 'waste', decimals: 3, sure: true }, 'waste'),
  ...toOracles({ heading: 'time', decimals: 3, decides: true }, 'instanceSeconds'),
  figure('machine h', 'machineHours', { decimals: 1 }),
  figure('launches', 'launches', { decimals: 0 }),
  figure('launches/job', 'launchesPerTask', { decimals: 4, decides: true }),
  figure('never used', 'neverUsed', { decimals: 1 }),
  figure('cancels', 'pendingCancels', { decimals: 1 }),
  figure('by decrement', 'cancelsByDecrement', { decimals: 1 }),
  figure('by bounds', 'cancelsByBounds', { decimals: 1 }),
  figure('killed', 'killed', { decimals: 1, decides: true }),
  figure('by lowering', 'killedByLowering', { decimals: 1 }),
  figure('held min', 'heldMinutes', { decimals: 0 }),
  figure('writes/h', 'writesPerHour', { decimals: 1 }),
  figure('calls/h', 'callsPerHour', { decimals: 0 }),
  figure('machines $/mo', 'machineCost', { decimals: 0, decides: true }),
  figure('control $/mo', 'controlCost', { decimals: 2, decides: true }),
];

/** Those that decide, or all. */
export function columnsOf({ all }: { readonly all: boolean }): readonly Column[] {
  return ALL_COLUMNS.filter(({ decides }) => all || decides);
}

function figure(
  heading: string,
  key: keyof RuleFigures,
  shown: Pick<Column, 'decimals' | 'sure' | 'decides'>,
): Column {
  return { heading, ...shown, path: `figures.${key}`, of: ({ figures }) => figures[key] };
}

/** A figure's ratio to that of each oracle, side by side. */
function toOracles(
  { heading, ...shown }: Pick<Column, 'heading' | 'decimals' | 'sure' | 'decides'>,
  figure: 'waitMean' | 'waitP99' | 'waste' | 'instanceSeconds',
): readonly Column[] {
  const oracles = [
    { oracle: 'oracle', pair: `${figure}ToOracle` },
    { oracle: 'lagged-oracle', pair: `${figure}ToLaggedOracle` },
  ] as const;
  return oracles.map(({ oracle, pair }) => ({
    ...shown,
    decides: oracle === 'oracle' && shown.decides === true,
    heading: `${heading}/${oracle}`,
    path: `pairs.${pair}`,
    of: ({ pairs }) => pairs[pair],
  }));
}

/** How to read the columns that are shown. */
export function columnNotes({ all }: { readonly all: boolean }): readonly string[] {
  return [
    "± is half the 95 % confidence interval over the seeds, by Student's t; ratios are formed seed by seed.",
    'time/oracle: billed instance-seconds against those of the oracle. killed: tasks whose machine was ended under them, per run.',
    '$/mo: USD per month if all months were like the workload, at list price, free tiers not counted. A daemon and the oracles have no control plane that could be priced.',
    ...(all ? FURTHER_NOTES : ['Further columns: --all-columns; every figure: --json.']),
  ];
}

const FURTHER_NOTES: readonly string[] = [
  'The lagged oracle asks at the same instant as the oracle, and the group takes as long as it does for every rule, which no rule can remove.',
  'waste: billed instance-seconds per instance-second with a task, minus 1; waste/oracle is the ratio of two such wastes.',
  'machine h (billed), launches, never used, cancels (booting machines that a lowered capacity ended; of those, by a decrement of a machine and by new bounds of the group, the others by a write of the scaler), and of the killed those because the capacity was lowered: per run of the workload.',
  'held min: minutes for which the rule launched less than was wanted because it was futile, over all classes, per run.',
];

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

/** The name, marked where it needs to be: what is shipped, and waits that look better than they were. */
export function labelOf({ finished, ...rule }: RuleComparison): string {
  return `${shownName(rule)}${finished ? '' : ' (tasks left)'}`;
}
