/** One row per rule: the mean over all workloads and scenarios, and the worst of them. */
import { mean } from 'd3-array';
import { NOTHING, formatNumber } from '../../report/format.ts';
import { labelOf } from './columns.ts';
import type { Comparison, RuleComparison } from './comparison.ts';

export interface OverviewRow {
  readonly rule: RuleComparison;
  readonly label: string;
  /** In the order of `OVERVIEW_HEADINGS`. */
  readonly cells: readonly string[];
}

interface Entry {
  readonly heading: string;
  readonly decimals: number;
  readonly of: (rule: RuleComparison) => number;
  readonly over: 'mean' | 'worst';
}

const wait = ({ pairs }: RuleComparison) => pairs.waitMeanToOracle.mean;
const p99 = ({ pairs }: RuleComparison) => pairs.waitP99ToOracle.mean;
const time = ({ pairs }: RuleComparison) => pairs.instanceSecondsToOracle.mean;

const ENTRIES: readonly Entry[] = [
  { heading: 'wait/oracle', decimals: 3, of: wait, over: 'mean' },
  { heading: 'worst', decimals: 3, of: wait, over: 'worst' },
  { heading: 'p99/oracle', decimals: 2, of: p99, over: 'mean' },
  { heading: 'worst', decimals: 2, of: p99, over: 'worst' },
  { heading: 'time/oracle', decimals: 3, of: time, over: 'mean' },
  { heading: 'worst', decimals: 3, of: time, over: 'worst' },
  { heading: 'killed', decimals: 1, of: ({ figures }) => figures.killed.mean, over: 'worst' },
  {
    heading: 'control $/mo',
    decimals: 2,
    of: ({ figures }) => figures.controlCost.mean,
    over: 'mean',
  },
];

export const OVERVIEW_HEADINGS: readonly string[] = ENTRIES.map(({ heading }) => heading);

export const OVERVIEW_NOTE =
  'Over all workloads and scenarios below: the mean, and the worst of them. Sorted by the mean wait against that of the oracle, a bound that launches without any lag.';

/** Sorted by the mean wait against the oracle's; without the oracle, by the mean wait. */
export function overviewOf(comparisons: readonly Comparison[]): readonly OverviewRow[] {
  const names = comparisons[0]?.rules.map(({ name }) => name) ?? [];
  return names
    .flatMap((name) => {
      const every = comparisons.flatMap(
        ({ rules }) => rules.find((rule) => rule.name === name) ?? [],
      );
      const [rule] = every;
      if (rule === undefined) return [];
      const finished = every.every((each) => each.finished);
      const row: OverviewRow & { readonly order: number } = {
        rule,
        label: labelOf({ ...rule, finished }),
        cells: ENTRIES.map((entry) => cellOf(entry, every)),
        order:
          over(every, wait, 'mean') || over(every, ({ figures }) => figures.waitMean.mean, 'mean'),
      };
      return [row];
    })
    .toSorted((one, other) => one.order - other.order);
}

function cellOf({ of, over: how, decimals }: Entry, rules: readonly RuleComparison[]): string {
  const value = over(rules, of, how);
  return Number.isFinite(value) ? formatNumber(value, decimals) : NOTHING;
}

function over(rules: readonly RuleComparison[], of: Entry['of'], how: Entry['over']): number {
  const values = rules.map(of).filter((value) => Number.isFinite(value));
  if (values.length === 0) return Number.NaN;
  return how === 'worst' ? Math.max(...values) : (mean(values) ?? Number.NaN);
}
