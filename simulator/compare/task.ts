/** One cell as it is handed to another process: names instead of rules, which cannot be sent. */
import { type Workload, loadWorkload } from '../cli/workload.ts';
import type { RunOptionsFromCli } from '../cli/options.ts';
import { CIRCLECI_CLASS_PATTERN } from '../../lambda/scaler/contract.ts';
import type { Parameters } from '../world/parameters.ts';
import { stream } from '../world/random.ts';
import type { TaskSpec } from '../world/task.ts';
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
  /** Over the world's defaults, and under what the scenario changes. Default: none. */
  readonly parameters?: Partial<Parameters>;
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
    scenario: { ...scenario, parameters: { ...task.parameters, ...scenario.parameters } },
    seed,
    withBurst,
    rules: RULES.filter(({ name }) => task.rules.includes(name)),
    ...(run.bootSeconds !== undefined && { bootSeconds: run.bootSeconds }),
  });
}

async function workloadOf({ workload, run, seed }: CellTask) {
  const builtIn = BUILT_INS.find(({ name }) => name === workload);
  if (builtIn !== undefined) return builtInWorkload(builtIn, { seed, hours: run.hours });
  return { workload: await traceWorkload(run, seed) };
}

const MINUTE_MS = 60_000;

/**
 * The trace as the local run reads it; whatever classes it names are served. Where all its times are
 * whole minutes, each pipeline begins at a second of its minute that is drawn from the seed: rules that
 * look at whole minutes would otherwise see every one of them at once.
 */
export async function traceWorkload(run: RunOptionsFromCli, seed: number): Promise<Workload> {
  const workload = await loadWorkload({
    cli: run,
    resourceClasses: [DEFAULT_CLASS],
    servesAll: true,
    onRead: () => undefined,
    signal: new AbortController().signal,
  });
  const { names, tasks } = withClassNames(workload.tasks);
  const wholeMinutes = tasks.every(({ releaseAt }) => releaseAt % MINUTE_MS === 0);
  return {
    ...workload,
    tasks: wholeMinutes ? withSeconds(tasks, seed) : tasks,
    notes: [
      ...workload.notes,
      ...Array.from(
        names,
        ([name, made]) =>
          `The class ${JSON.stringify(name)} is no namespace/name; it is served as ${made}.`,
      ),
      ...(wholeMinutes
        ? ['Its times are whole minutes; the second of each pipeline is drawn from the seed.']
        : []),
    ],
  };
}

/** What stands in the place of a namespace where a trace names queues or labels. */
const NAMESPACE = 'trace';

/**
 * Groups bear their class in a tag, which the scaler reads and refuses where it is no `namespace/name`.
 * Whatever else a trace asks for gets such a name, made of its own.
 *
 * @returns the tasks, and the names that were changed with those they got
 */
export function withClassNames(tasks: readonly TaskSpec[]) {
  const names = new Map<string, string>();
  const taken = new Set(tasks.map(({ resourceClass }) => resourceClass));
  for (const name of new Set(taken)) {
    if (CIRCLECI_CLASS_PATTERN.test(name)) continue;
    const readable = name.replaceAll(/[^A-Za-z0-9:_+-]+/g, '-').replaceAll(/^-|-$/g, '') || 'class';
    let made = `${NAMESPACE}/${readable}`;
    for (let other = 2; taken.has(made); other += 1) made = `${NAMESPACE}/${readable}-${other}`;
    taken.add(made);
    names.set(name, made);
  }
  return {
    names,
    tasks:
      names.size === 0
        ? tasks
        : tasks.map((task) => ({
            ...task,
            resourceClass: names.get(task.resourceClass) ?? task.resourceClass,
          })),
  };
}

export function withSeconds(tasks: readonly TaskSpec[], seed: number): readonly TaskSpec[] {
  const draw = stream(seed, 'second of the minute');
  const pipelines = new Map<string, number>();
  return tasks.map((task) => {
    const number = pipelines.get(task.pipeline) ?? pipelines.size;
    pipelines.set(task.pipeline, number);
    return { ...task, releaseAt: task.releaseAt + Math.floor(draw(number) * MINUTE_MS) };
  });
}
