import type { TaskSpec } from '../world/task.ts';
import { ANY_LABEL } from '../workload/trace-classes.ts';
import { notesOnTrace } from '../workload/trace-notes.ts';
import { readTrace, traceName } from '../workload/trace.ts';
import { workingDay } from '../workload/working-day.ts';
import { BUILT_IN_START } from '../workload/built-in-start.ts';
import type { RunGiven, TraceGiven } from './option-groups.ts';

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

/** What was typed of the jobs to run. */
export type WorkloadGiven = TraceGiven & RunGiven;

export interface WorkloadOptions {
  readonly given: WorkloadGiven;
  /** Classes of the config, first first. */
  readonly resourceClasses: readonly string[];
  /** Which of them serves a label of a trace that the command line does not name. Default: one of its name. */
  readonly serving?: (label: string) => string | undefined;
  /** Whether whatever else a trace asks for is served too. Default: it is taken to run elsewhere. */
  readonly servesAll?: boolean;
  readonly onRead: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** @throws TraceError when the trace cannot be used */
export async function loadWorkload(options: WorkloadOptions): Promise<Workload> {
  const { given } = options;
  const workload =
    given.trace === undefined ? builtIn(options) : await fromTrace(given.trace, options);
  if (given.hours === undefined) return workload;
  const note = `Only the first ${given.hours} hours of the workload were run.`;
  return { ...firstHours(workload, given.hours), notes: [...workload.notes, note] };
}

function builtIn({ given, resourceClasses }: WorkloadOptions): Workload {
  return {
    title: 'One working day',
    startAt: BUILT_IN_START,
    tasks: workingDay({ seed: given.seed, startAt: BUILT_IN_START, resourceClasses }),
    notes: ['The workload is the built-in working day, drawn from the seed.'],
  };
}

async function fromTrace(path: string, options: WorkloadOptions): Promise<Workload> {
  const { given, resourceClasses, serving, servesAll = false } = options;
  const [first = ''] = resourceClasses;
  const { classes, defaultClass } = given;
  const trace = await readTrace(path, {
    columns: given.columns,
    ...(given.durationUnit !== undefined && { durationUnit: given.durationUnit }),
    ...(given.zone !== undefined && { zone: given.zone }),
    ...(given.dateOrder !== undefined && { dateOrder: given.dateOrder }),
    ...(given.stages !== undefined && { stages: given.stages }),
    classes,
    ...(serving && { serving }),
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
export function firstHours<W extends Pick<Workload, 'startAt' | 'tasks'>>(
  workload: W,
  hours: number,
): W {
  const until = workload.startAt + hours * HOUR_MS;
  const places = new Map<number, number>();
  for (const [index, { releaseAt }] of workload.tasks.entries()) {
    if (releaseAt < until) places.set(index, places.size);
  }
  const tasks = workload.tasks
    .filter((_, index) => places.has(index))
    .map((task) => ({ ...task, after: task.after.flatMap((index) => places.get(index) ?? []) }));
  return { ...workload, tasks };
}
