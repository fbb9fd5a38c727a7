/** Which class of the config serves which label of a trace. */
import { counted } from '../report/format.ts';
import type { TaskSpec } from '../world/task.ts';
import { shellWord } from '../../cli/shell-word.ts';
import { TraceError } from './trace-error.ts';
import type { ClassCount, TraceReport } from './trace-report.ts';

/** The class of jobs in a trace that says none, unless the caller names another. */
export const TRACE_CLASS = 'trace/all';

/** In a map of classes, every label that the map does not name. */
export const ANY_LABEL = '*';

export interface ClassOptions {
  /** Translates the trace's labels to classes; `*` is every other label. Default: they stay as they are. */
  readonly classes?: Readonly<Record<string, string>>;
  /** The class of a label that `classes` does not name, where the config says more of its fleets than their names. */
  readonly serving?: (label: string) => string | undefined;
  /** For jobs without a label. Default: the class of `*`, else `TRACE_CLASS`. */
  readonly defaultClass?: string;
}

/** The class that serves each label, in the order of the labels; the empty label is none. */
export function classesOfLabels(
  labels: readonly string[],
  { classes = {}, serving, defaultClass }: ClassOptions,
): readonly string[] {
  const map = new Map(Object.entries(classes));
  const any = map.get(ANY_LABEL);
  return labels.map((label) => {
    if (label === '') return defaultClass ?? any ?? TRACE_CLASS;
    return map.get(label) ?? serving?.(label) ?? any ?? label;
  });
}

/** The classes of a trace that none of the given fleets serves, with how many tasks ask for each. */
export function unservedClasses(
  { classes }: Pick<TraceReport, 'classes'>,
  served: readonly string[],
): readonly ClassCount[] {
  return classes.filter(({ resourceClass }) => !served.includes(resourceClass));
}

/**
 * @param served the classes of the config, one at least
 * @throws TraceError when a label is sent to a class that no fleet serves, or when no job is served at all
 */
export function refuseUnserved(
  report: Pick<TraceReport, 'classes' | 'tasks'>,
  served: readonly string[],
  { classes = {}, defaultClass }: ClassOptions,
): void {
  for (const [label, resourceClass] of Object.entries(classes)) {
    refuseUnknown(`--class ${shellWord(`${label}=${resourceClass}`)}`, resourceClass, served);
  }
  if (defaultClass !== undefined) {
    refuseUnknown(`--default-class ${shellWord(defaultClass)}`, defaultClass, served);
  }
  const unserved = unservedClasses(report, served);
  if (unserved.length < report.classes.length) return;
  const [first = { traceClass: '' }] = unserved;
  throw new TraceError(
    `no fleet of the config serves any of the trace's ${counted(report.tasks, 'job')}: they ask for ${list(unserved)}; ` +
      `the config serves ${served.join(', ')}; say which class serves which label, as in ` +
      `${classOption(first.traceClass, served)}, or ${classOption(ANY_LABEL, served)} for all of them`,
  );
}

function refuseUnknown(option: string, resourceClass: string, served: readonly string[]): void {
  if (served.includes(resourceClass)) return;
  throw new TraceError(
    `${option}: no fleet of the config serves ${resourceClass}; allowed: ${served.join(', ')}`,
  );
}

/** Labels that the map names and no job of the trace has. */
export function labelsNotMet(
  report: Pick<TraceReport, 'classes'>,
  classes: Readonly<Record<string, string>>,
): readonly string[] {
  const met = new Set(report.classes.map(({ traceClass }) => traceClass));
  return Object.keys(classes).filter((label) => label !== ANY_LABEL && !met.has(label));
}

/** The option that sends a label to the first class of the config, as a shell takes it. */
export function classOption(label: string, [first = 'CLASS']: readonly string[]): string {
  return label === '' ? `--default-class ${first}` : `--class ${shellWord(`${label}=${first}`)}`;
}

/** Labels with the most tasks first, of many only some. */
function list(classes: readonly ClassCount[]): string {
  const named = classes
    .toSorted((a, b) => b.tasks - a.tasks)
    .slice(0, 6)
    .map(({ traceClass, tasks }) => `${traceClass === '' ? 'no class' : traceClass} (${tasks})`);
  return `${named.join(', ')}${classes.length > named.length ? `, … (${classes.length} labels)` : ''}`;
}

/** A config that is compared with others, and the classes it serves. */
export interface ComparedConfig {
  readonly name: string;
  readonly served: readonly string[];
}

/**
 * For configs side by side: one that shares no task with the first would seem cheaper or dearer only
 * because of its names.
 *
 * @throws TraceError when a config has no class of the tasks in common with the first
 */
export function refuseIncomparable(
  tasks: readonly Pick<TaskSpec, 'resourceClass'>[],
  [first, ...others]: readonly ComparedConfig[],
): void {
  const asked = new Set(tasks.map(({ resourceClass }) => resourceClass));
  const common = first?.served.filter((name) => asked.has(name)) ?? [];
  const other = others.find(({ served }) => !common.some((name) => served.includes(name)));
  if (first === undefined || other === undefined) return;
  const all = [first, other].map(({ name, served }) => `${name} serves ${served.join(', ')}`);
  throw new TraceError(
    `${first.name} and ${other.name} serve no task in common, so their costs and waits do not compare: ` +
      `${all.join('; ')}; the tasks ask for ${[...asked].slice(0, 6).join(', ')}; ` +
      'give the same class the same name in all configs',
  );
}
