/** A trace of real jobs as the work of an experiment: all its classes are served. */
import { UsageError } from '../../cli/usage-error.ts';
import { CIRCLECI_CLASS_PATTERN } from '../../lambda/scaler/contract.ts';
import { loadWorkload, type Workload, type WorkloadGiven } from '../cli/workload.ts';
import { stream } from '../world/random.ts';
import type { TaskSpec } from '../world/task.ts';
import type { Work } from './case.ts';

/** The class that jobs without one ask for. */
const DEFAULT_CLASS = 'acme/linux';

/** @throws TraceError, when it is run, if the trace cannot be used */
export function traceWork(given: WorkloadGiven): Work {
  return {
    name: given.trace?.split(/[\\/]/).at(-1) ?? '',
    async of(seed) {
      const { startAt, tasks } = await traceWorkload(given, seed);
      const last = tasks.reduce((latest, { releaseAt }) => Math.max(latest, releaseAt), startAt);
      return { startAt, tasks, hours: Math.max(1, Math.ceil((last - startAt) / HOUR_MS)) };
    },
  };
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/**
 * The trace as the local run reads it; whatever classes it names are served. Where all its times are
 * whole minutes, each pipeline begins at a second of its minute that is drawn from the seed: rules that
 * pass at whole minutes would otherwise see every one of them at once.
 */
export async function traceWorkload(given: WorkloadGiven, seed: number): Promise<Workload> {
  if (given.trace === '-') {
    throw new UsageError(
      '--trace is "-", and standard input can be read only once; allowed here: a file',
    );
  }
  const workload = await loadWorkload({
    given,
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
 * Whatever else a trace asks for gets such a name, made from the one it has.
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
