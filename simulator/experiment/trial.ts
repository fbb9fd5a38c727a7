/** Every case of a table with one seed: the same jobs, boots and faults for all. */
import { sum } from 'd3-array';
import type { Parameters } from '../world/parameters.ts';
import { type Burst, burstOf, greatestBurst } from './burst.ts';
import type { Case, Worked } from './case.ts';
import { type ControlCost, controlCostPerMonth } from './control-plane-cost.ts';
import { type RuleFigures, figuresOf, waitQuantiles } from './figures.ts';
import { capped, fleetsFor } from './need.ts';
import { type Circumstances, type RuleRun, runRule } from './run-rule.ts';
import { ORACLE } from './rules/oracle.ts';
import type { Rule } from './rules/rule.ts';
import { type Holding, holdingWatch, shippedRule } from './variants.ts';

export interface Trial {
  readonly whole: Part;
  /** By the class's number, in the order in which tasks first ask for one. */
  readonly classes: readonly Part[];
  readonly holdings: readonly Holding[];
  /** The waits at 0, 1 % to 100 %, in seconds. */
  readonly quantiles: readonly number[];
  readonly finished: boolean;
  readonly tasks: number;
  readonly hours: number;
  /** Of the group that takes most; undefined without a cap. */
  readonly cap: number | undefined;
  /** What the rule did in the greatest burst, where that was asked for. */
  readonly burst?: Burst;
}

export interface Part extends RuleFigures {
  readonly waitMax: number;
  /** Seconds that all served tasks waited, together. */
  readonly waited: number;
  /** USD of this run. */
  readonly cost: number;
  /** USD per month of the control plane, by what it is for. */
  readonly control: ControlCost;
}

export interface CellOptions {
  readonly seed: number;
  /** Over the world's defaults, and under what a case changes. Default: none. */
  readonly parameters?: Partial<Parameters>;
  /** Whether to keep what each case did in the greatest burst of the first one. Default: no. */
  readonly withBurst?: boolean;
}

const SAMPLES = 20_000;
/** So many that a burst is seen to the second. */
const SAMPLES_FOR_BURST = 400_000;

/** @returns one trial for each case, in their order */
export async function runCell(
  cases: readonly Case[],
  { seed, parameters = {}, withBurst = false }: CellOptions,
): Promise<readonly Trial[]> {
  const trials: Trial[] = [];
  let worked: { readonly of: Case['work']; readonly it: Worked } | undefined;
  let place: Place | undefined;
  let burst: ReturnType<typeof greatestBurst>;
  for (const one of cases) {
    if (worked?.of !== one.work) worked = { of: one.work, it: await one.work.of(seed) };
    if (place === undefined || !isSamePlace(place.of, one)) {
      place = await placeOf(one, { worked: worked.it, seed, parameters, withBurst });
    }
    const watch = holdingWatch();
    const rule = one.rule ?? shippedRule(one.change ?? {}, watch.note);
    const run = await runRule(rule, place.circumstances);
    if (withBurst) burst ??= greatestBurst(run.classes);
    const { hours, tasks } = worked.it;
    trials.push({
      whole: partOf(rule, run, hours),
      classes: run.classes.map((each) => partOf(rule, { ...run, classes: [each] }, hours)),
      holdings: watch.holdings(),
      quantiles: waitQuantiles(run),
      finished: run.finished,
      tasks: tasks.length,
      hours,
      cap: place.cap,
      ...(burst !== undefined && { burst: burstOf(run.classes, burst) }),
    });
  }
  return trials;
}

/** Where cases that differ in their rule only run alike. */
interface Place {
  readonly of: Case;
  readonly circumstances: Circumstances;
  readonly cap: number | undefined;
}

function isSamePlace(one: Case, other: Case): boolean {
  return (
    one.work === other.work &&
    one.fleet === other.fleet &&
    one.parameters === other.parameters &&
    one.capOfNeed === other.capOfNeed
  );
}

async function placeOf(
  one: Case,
  { worked, ...options }: CellOptions & { readonly worked: Worked },
): Promise<Place> {
  const { startAt, tasks } = worked;
  const ample: Circumstances = {
    seed: options.seed,
    startAt,
    tasks,
    fleets: fleetsFor(tasks).map((fleet) => ({ ...fleet, ...one.fleet })),
    parameters: { ...options.parameters, ...one.parameters },
    sampleLimit: options.withBurst ? SAMPLES_FOR_BURST : SAMPLES,
  };
  if (one.capOfNeed === undefined) return { of: one, circumstances: ample, cap: undefined };
  const [circumstances, cap] = capped(ample, await runRule(ORACLE, ample), one.capOfNeed);
  return { of: one, circumstances, cap };
}

function partOf(rule: Rule, run: RuleRun, hours: number): Part {
  const waits = run.classes.flatMap((each) => each.waits);
  return {
    ...figuresOf(rule, run, hours),
    waitMax: waits.reduce((most, wait) => Math.max(most, wait), 0),
    waited: sum(waits),
    cost: sum(run.classes, ({ totals }) => totals.machineCost),
    control: controlCostPerMonth({ ...run, host: rule.host }),
  };
}
