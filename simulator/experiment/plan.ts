/** What is tried, in a form that can be handed to another process: tables hold functions, which cannot. */
import type { Parameters } from '../world/parameters.ts';
import { type ComparePlan, compareTables } from './compare/tables.ts';
import { type EvidencePlan, evidenceTables } from './evidence/tables.ts';
import type { Experiment } from './case.ts';
import { runCell, type Trial } from './trial.ts';

export type Plan = (ComparePlan | EvidencePlan) & {
  /** Of the world, over its defaults. */
  readonly parameters: Partial<Parameters>;
};

/** One table with one seed. */
export interface CellTask {
  readonly plan: Plan;
  readonly table: number;
  readonly seed: number;
  readonly withBurst: boolean;
}

function experimentsOf(plan: Plan): readonly Experiment[] {
  return plan.kind === 'compare' ? compareTables(plan) : evidenceTables(plan);
}

export async function runTask(task: CellTask): Promise<readonly Trial[]> {
  const { plan, seed, withBurst } = task;
  const table = experimentsOf(plan)[task.table];
  if (table === undefined) throw new RangeError(`the plan has no table ${task.table}`);
  return runCell(table.cases, { seed, withBurst, parameters: plan.parameters });
}
