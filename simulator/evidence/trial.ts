/** One case of the evidence with one seed. */
import { sum } from 'd3-array';
import { capped, fleetsFor } from '../compare/cell.ts';
import { type Figures, figuresOf } from '../compare/figures.ts';
import { type Circumstances, type RuleRun, runRule } from '../compare/run-rule.ts';
import { ORACLE } from '../compare/rules/oracle.ts';
import type { Rule } from '../compare/rule.ts';
import type { FleetSpec } from '../world/fleet-spec.ts';
import type { Parameters } from '../world/parameters.ts';
import type { TaskSpec } from '../world/task.ts';
import { type Change, type Holding, holdingWatch, shippedRule } from './variants.ts';

/** Tasks of a seed; the same for the same seed. */
export interface Work {
  readonly name: string;
  readonly of: (seed: number) => Promise<Worked> | Worked;
}

export interface Worked {
  /** Milliseconds since the epoch. */
  readonly startAt: number;
  readonly tasks: readonly TaskSpec[];
  readonly hours: number;
}

export interface Case {
  /** What stands in the first columns, one text for each; unique in its table. */
  readonly name: readonly string[];
  readonly work: Work;
  readonly change?: Change;
  readonly fleet?: Partial<FleetSpec>;
  readonly parameters?: Partial<Parameters>;
  /** The maximum in multiples of the oracle's mean need. Default: more than anybody needs. */
  readonly capOfNeed?: number;
  /** The case it is held against, run by run, by its first columns. Default: the table's first. */
  readonly against?: readonly string[];
}

export interface Trial {
  readonly whole: Part;
  /** By the class's number, in the order in which tasks first ask for one. */
  readonly classes: readonly Part[];
  readonly holdings: readonly Holding[];
  readonly finished: boolean;
}

export interface Part extends Figures {
  readonly waitMax: number;
  /** Seconds that all served tasks waited, together. */
  readonly waited: number;
  /** USD of this run. */
  readonly cost: number;
}

export async function runTrial(one: Case, seed: number): Promise<Trial> {
  const { startAt, tasks, hours } = await one.work.of(seed);
  const fleets = fleetsFor({ startAt, tasks }).map((fleet) => ({ ...fleet, ...one.fleet }));
  const ample: Circumstances = {
    seed,
    startAt,
    tasks,
    fleets,
    parameters: one.parameters ?? {},
    sampleLimit: SAMPLES,
  };
  const [circumstances] =
    one.capOfNeed === undefined
      ? [ample]
      : capped(ample, await runRule(ORACLE, ample), one.capOfNeed);
  const watch = holdingWatch();
  const rule = shippedRule(one.change ?? {}, watch.note);
  const run = await runRule(rule, circumstances);
  return {
    whole: partOf(rule, run, hours),
    classes: run.classes.map((each) => partOf(rule, { ...run, classes: [each] }, hours)),
    holdings: watch.holdings(),
    finished: run.finished,
  };
}

const SAMPLES = 20_000;

function partOf(rule: Rule, run: RuleRun, hours: number): Part {
  const waits = run.classes.flatMap((each) => each.waits);
  return {
    ...figuresOf(rule, run, hours),
    waitMax: waits.reduce((most, wait) => Math.max(most, wait), 0),
    waited: sum(waits),
    cost: sum(run.classes, ({ totals }) => totals.machineCost ?? Number.NaN),
  };
}
