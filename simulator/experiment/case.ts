/** One row of a table: tasks, a rule, and the world in which it is tried. */
import type { FleetSpec } from '../world/fleet-spec.ts';
import type { Parameters } from '../world/parameters.ts';
import type { TaskSpec } from '../world/task.ts';
import type { Rule } from './rules/rule.ts';
import type { Change } from './variants.ts';

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
  /** Default: the shipped rule, with `change`. */
  readonly rule?: Rule;
  readonly change?: Change;
  readonly fleet?: Partial<FleetSpec>;
  readonly parameters?: Partial<Parameters>;
  /** The maximum in multiples of the oracle's mean need. Default: more than anybody needs. */
  readonly capOfNeed?: number;
  /** The case it is held against, run by run, by its first columns. Default: the table's first. */
  readonly against?: readonly string[];
}

/** Cases that are given the same jobs, boots and faults, seed by seed. */
export interface Experiment {
  readonly title: string;
  readonly cases: readonly Case[];
  readonly seeds: number;
}
