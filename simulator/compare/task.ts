/** One cell as it is handed to another process: names instead of rules, which cannot be sent. */
import { loadWorkload } from '../cli/workload.ts';
import type { RunOptionsFromCli } from '../cli/options.ts';
import { builtInWorkload, runCell, type CellResult } from './cell.ts';
import { RULES } from './rules/all.ts';
import { SCENARIOS } from './scenarios.ts';
import { BUILT_INS } from './workloads.ts';

export interface CellTask {
  /** The built-in workload; undefined: the trace of `run`. */
  readonly workload: string | undefined;
  readonly scenario: string;
  readonly seed: number;
  readonly rules: readonly string[];
  readonly withBurst: boolean;
  readonly run: Pick<RunOptionsFromCli, keyof RunOptionsFromCli>;
}

/** The class that jobs without one ask for. */
const DEFAULT_CLASS = 'acme/linux';

/** @throws TraceError when the trace cannot be used */
export async function runTask(task: CellTask): Promise<CellResult> {
  const { seed, run, withBurst } = task;
  const scenario = SCENARIOS.find(({ name }) => name === task.scenario);
  if (scenario === undefined) throw new RangeError(`there is no scenario ${task.scenario}`);
  return runCell({
    ...(await workloadOf(task)),
    scenario,
    seed,
    withBurst,
    rules: RULES.filter(({ name }) => task.rules.includes(name)),
    ...(run.bootSeconds !== undefined && { bootSeconds: run.bootSeconds }),
  });
}

async function workloadOf({ workload, run, seed }: CellTask) {
  const builtIn = BUILT_INS.find(({ name }) => name === workload);
  if (builtIn !== undefined) return builtInWorkload(builtIn, { seed, hours: run.hours });
  return { workload: await traceWorkload(run) };
}

/** The trace as the local run reads it; whatever classes it names are served. */
export async function traceWorkload(run: RunOptionsFromCli) {
  return loadWorkload({
    cli: run,
    resourceClasses: [DEFAULT_CLASS],
    onRead: () => undefined,
    signal: new AbortController().signal,
  });
}
