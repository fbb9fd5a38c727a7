/** All cells of one workload in one scenario, put together over the seeds. */
import { mean } from 'd3-array';
import type { Burst } from '../burst.ts';
import type { RuleFigures } from '../figures.ts';
import type { Trial } from '../trial.ts';
import type { Rule } from '../rules/rule.ts';
import { type Estimate, estimate, paired } from '../statistics.ts';

export interface Comparison {
  readonly workload: string;
  readonly about: string;
  readonly scenario: string;
  readonly scenarioAbout: string;
  readonly seeds: readonly number[];
  /** Mean number of tasks. */
  readonly tasks: number;
  readonly workloadHours: number;
  /** Mean of the cap; undefined without one. */
  readonly cap?: number;
  readonly rules: readonly RuleComparison[];
}

export interface RuleComparison {
  readonly name: string;
  readonly about: string;
  /** Whether it is what this project ships. */
  readonly shipped: boolean;
  readonly source: Rule['source'];
  readonly settings: Rule['settings'];
  /** False when tasks were left over in one of the runs; its figures are then too good. */
  readonly finished: boolean;
  readonly figures: Readonly<Record<keyof RuleFigures, Estimate>>;
  /** The figures of each run. */
  readonly runs: readonly (RuleFigures & { readonly seed: number })[];
  /** Ratios and differences run by run, on the same jobs and the same luck. */
  readonly pairs: Readonly<Record<keyof typeof PAIRS, Estimate>>;
  /** The mean over the seeds of the waits at 0, 1 % to 100 %, in seconds. */
  readonly quantiles: readonly number[];
  readonly burst?: Burst;
}

const ratio = (one: number, other: number) => one / other;
const difference = (one: number, other: number) => one - other;

/** What is formed from pairs: the figure, the rule it is held against, and how. */
const PAIRS = {
  waitMeanToOracle: { figure: 'waitMean', to: 'oracle', of: ratio },
  waitP99ToOracle: { figure: 'waitP99', to: 'oracle', of: ratio },
  waitMeanOverOracle: { figure: 'waitMean', to: 'oracle', of: difference },
  waitP99OverOracle: { figure: 'waitP99', to: 'oracle', of: difference },
  wasteToOracle: { figure: 'waste', to: 'oracle', of: ratio },
  instanceSecondsToOracle: { figure: 'instanceSeconds', to: 'oracle', of: ratio },
  waitMeanToLaggedOracle: { figure: 'waitMean', to: 'lagged-oracle', of: ratio },
  waitP99ToLaggedOracle: { figure: 'waitP99', to: 'lagged-oracle', of: ratio },
  waitMeanOverLaggedOracle: { figure: 'waitMean', to: 'lagged-oracle', of: difference },
  waitP99OverLaggedOracle: { figure: 'waitP99', to: 'lagged-oracle', of: difference },
  wasteToLaggedOracle: { figure: 'waste', to: 'lagged-oracle', of: ratio },
  instanceSecondsToLaggedOracle: { figure: 'instanceSeconds', to: 'lagged-oracle', of: ratio },
  waitMeanToTutorial: { figure: 'waitMean', to: 'tutorial', of: ratio },
  waitP99ToTutorial: { figure: 'waitP99', to: 'tutorial', of: ratio },
  waitMeanToDecrement: { figure: 'waitMean', to: 'decrement', of: ratio },
  machineCostOverTutorial: { figure: 'machineCost', to: 'tutorial', of: difference },
} as const satisfies Record<
  string,
  {
    readonly figure: keyof RuleFigures;
    readonly to: string;
    readonly of: (one: number, other: number) => number;
  }
>;

export interface Frame {
  readonly workload: string;
  readonly about: string;
  readonly scenario: { readonly name: string; readonly about: string };
  readonly rules: readonly Rule[];
}

/** The frame's rules in their order, with one seed. */
export interface Cell {
  readonly seed: number;
  readonly trials: readonly Trial[];
}

/** @returns the rules sorted by their mean wait, the shortest first */
export function compared(frame: Frame, cells: readonly Cell[]): Comparison {
  const first = cells.flatMap(({ trials }) => trials[0] ?? []);
  const caps = first.flatMap(({ cap }) => cap ?? []);
  return {
    workload: frame.workload,
    about: frame.about,
    scenario: frame.scenario.name,
    scenarioAbout: frame.scenario.about,
    seeds: cells.map(({ seed }) => seed),
    tasks: mean(first, ({ tasks }) => tasks) ?? 0,
    workloadHours: first[0]?.hours ?? 0,
    ...(caps.length > 0 && { cap: mean(caps) ?? 0 }),
    rules: frame.rules
      .map((rule) => ruleComparison(rule, frame, cells))
      .toSorted((one, other) => waitOf(one) - waitOf(other)),
  };
}

function waitOf({ figures }: RuleComparison): number {
  const { mean } = figures.waitMean;
  return Number.isFinite(mean) ? mean : Number.MAX_VALUE;
}

function ruleComparison(rule: Rule, { rules }: Frame, cells: readonly Cell[]): RuleComparison {
  const of = (name: string) => {
    const place = rules.findIndex((each) => each.name === name);
    return cells.flatMap(({ trials }) => trials[place] ?? []);
  };
  const own = of(rule.name);
  const values = (name: string, figure: keyof RuleFigures) =>
    of(name).map(({ whole }) => whole[figure]);
  const burst = own.find((trial) => trial.burst !== undefined)?.burst;
  return {
    name: rule.name,
    about: rule.about,
    shipped: rule.shipped === true,
    source: rule.source,
    settings: rule.settings,
    finished: own.every(({ finished }) => finished),
    runs: own.map(({ whole }, index) => ({
      seed: cells[index]?.seed ?? Number.NaN,
      ...recordOf(FIGURE_NAMES, (figure) => whole[figure]),
    })),
    figures: recordOf(FIGURE_NAMES, (figure) => estimate(values(rule.name, figure))),
    pairs: recordOf(PAIR_NAMES, (name) => {
      const { figure, to, of: form } = PAIRS[name];
      const others = values(to, figure);
      // Without the other rule among those that ran there is nothing to hold this one against.
      return others.length === 0 ? estimate([]) : paired(values(rule.name, figure), others, form);
    }),
    quantiles: (own[0]?.quantiles ?? []).map(
      (_, place) => mean(own, ({ quantiles }) => quantiles[place]) ?? Number.NaN,
    ),
    ...(burst !== undefined && { burst }),
  };
}

const FIGURES: Readonly<Record<keyof RuleFigures, true>> = {
  waitMean: true,
  waitP50: true,
  waitP95: true,
  waitP99: true,
  waste: true,
  instanceSeconds: true,
  served: true,
  launches: true,
  machineHours: true,
  launchesPerTask: true,
  neverUsed: true,
  pendingCancels: true,
  cancelsByDecrement: true,
  cancelsByBounds: true,
  killed: true,
  killedByLowering: true,
  heldMinutes: true,
  writesPerHour: true,
  callsPerHour: true,
  looksPerHour: true,
  machineCost: true,
  controlCost: true,
};
const isFigure = (name: string): name is keyof RuleFigures => name in FIGURES;
const isPair = (name: string): name is keyof typeof PAIRS => name in PAIRS;
const FIGURE_NAMES = Object.keys(FIGURES).filter(isFigure);
const PAIR_NAMES = Object.keys(PAIRS).filter(isPair);

function recordOf<Name extends string, T>(
  names: readonly Name[],
  of: (name: Name) => T,
): Readonly<Record<Name, T>> {
  const pairs: readonly unknown[][] = names.map((name) => [name, of(name)]);
  return Object.fromEntries(pairs);
}
