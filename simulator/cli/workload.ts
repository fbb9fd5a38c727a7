import type { TaskSpec } from '../world/task.ts';
import { ANY_LABEL } from '../workload/trace-classes.ts';
import { notesOnTrace } from '../workload/trace-notes.ts';
import { readTrace, traceName } from '../workload/trace.ts';
import { workingDay } from '../workload/working-day.ts';
import type { RunOptionsFromCli } from './options.ts';

/** Tasks to run, and what a person should know of where they come from. */
export interface Workload {
  readonly title: string;
  /** Where the world begins, in milliseconds since the epoch. */
  readonly startAt: number;
  readonly tasks: readonly TaskSpec[];
  /** What of a trace was not run, where a reader is to see it first; else it is among the notes. */
  readonly leftOut?: readonly string[];
  readonly notes: readonly string[];
  /** Seconds that the jobs of a trace really waited, by class; none where it does not say. */
  readonly realWaits?: ReadonlyMap<string, readonly number[]>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The Monday on which the built-in day plays. */
const BUILT_IN_DAY = Date.parse('2026-03-02T00:00:00Z');

export interface WorkloadOptions {
  readonly cli: RunOptionsFromCli;
  /** Classes of the config, first first. */
  readonly resourceClasses: readonly string[];
  /** Whether whatever else a trace asks for is served too. Default: it is taken to run elsewhere. */
  readonly servesAll?: boolean;
  readonly onRead: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** @throws TraceError when the trace cannot be used */
export async function loadWorkload(options: WorkloadOptions): Promise<Workload> {
  const { cli } = options;
  const workload = cli.trace === undefined ? builtIn(options) : await fromTrace(cli.trace, options);
  return cli.hours === undefined ? workload : firstHours(workload, cli.hours);
}

function builtIn({ cli, resourceClasses }: WorkloadOptions): Workload {
  return {
    title: 'One working day',
    startAt: BUILT_IN_DAY,
    tasks: workingDay({ seed: cli.seed, startAt: BUILT_IN_DAY, resourceClasses }),
    notes: ['The workload is the built-in working day, drawn from the seed.'],
  };
}

async function fromTrace(path: string, options: WorkloadOptions): Promise<Workload> {
  const { cli, resourceClasses, servesAll = false } = options;
  const [first = ''] = resourceClasses;
  const { classes, defaultClass } = cli;
  const trace = await readTrace(path, {
    columns: cli.columns,
    ...(cli.durationUnit !== undefined && { durationUnit: cli.durationUnit }),
    ...(cli.zone !== undefined && { zone: cli.zone }),
    ...(cli.stages !== undefined && { stages: cli.stages }),
    classes,
    defaultClass: defaultClass ?? classes[ANY_LABEL] ?? first,
    onProgress: ({ bytesRead }) => options.onRead(bytesRead),
    signal: options.signal,
  });
  const { leftOut, notes } = notesOnTrace(trace, {
    resourceClasses: servesAll ? undefined : resourceClasses,
    given: { classes, ...(defaultClass !== undefined && { defaultClass }) },
  });
  return {
    title: traceName(path),
    startAt: Math.floor(trace.report.firstReleaseAt / MINUTE_MS) * MINUTE_MS,
    tasks: trace.tasks,
    realWaits: trace.realWaits,
    ...(servesAll ? { notes: [...leftOut, ...notes] } : { leftOut, notes }),
  };
}

/** The tasks released in the first hours; what they wait for beyond those counts as done. */
export function firstHours(workload: Workload, hours: number): Workload {
  const until = workload.startAt + hours * HOUR_MS;
  const places = new Map<number, number>();
  for (const [index, { releaseAt }] of workload.tasks.entries()) {
    if (releaseAt < until) places.set(index, places.size);
  }
  return {
    ...workload,
    tasks: workload.tasks
      .filter((_, index) => places.has(index))
      .map((task) => ({
        ...task,
        after: task.after.flatMap((index) => places.get(index) ?? []),
      })),
    notes: [...workload.notes, `Only the first ${hours} hours of the workload were run.`],
  };
}
