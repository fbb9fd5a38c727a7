/** Reads a CSV file of real jobs into tasks for the world. */
import type { TaskSpec } from '../world/task.ts';
import { findColumns } from './trace-columns.ts';
import type { FoundColumns, Role } from './trace-columns.ts';
import { TraceError } from './trace-error.ts';
import { NOTHING, graphFromColumn, graphFromStages } from './trace-graph.ts';
import type { Graph } from './trace-graph.ts';
import { createJobReader } from './trace-jobs.ts';
import type { JobReader, Jobs } from './trace-jobs.ts';
import { assumptionsOf } from './trace-report.ts';
import type { ClassCount, TraceReport } from './trace-report.ts';
import { readRows } from './trace-text.ts';
import type { ReadProgress } from './trace-text.ts';
import { zoneNamed } from './trace-values.ts';
import type { DurationUnit } from './trace-values.ts';

/** The class of jobs in a trace that says none, unless the caller names another. */
export const TRACE_CLASS = 'trace/all';

export interface TraceOptions {
  /** Columns by their header, for those that are not recognised or recognised wrongly. */
  readonly columns?: Readonly<Partial<Record<Role, string>>>;
  /** What a duration's number counts. Default: what the column's name ends in, else seconds. */
  readonly durationUnit?: DurationUnit;
  /**
   * Zone of times that name none: `UTC`, an offset such as `+02:00` or a name such as
   * `Europe/Berlin`. A column whose name holds `utc` stays UTC. Default `UTC`.
   */
  readonly zone?: string;
  /**
   * Assumes a job graph where the trace has none: words in order, `*` for the rest. A job belongs to
   * the first word that occurs in its name, and waits for the words before it, within its build.
   * Default: every job is released at its own time.
   */
  readonly stages?: readonly string[];
  /** Translates the trace's classes to those of the config. Default: they stay as they are. */
  readonly classes?: {
    readonly map?: Readonly<Record<string, string>>;
    /** For every class that `map` does not name. */
    readonly default?: string;
  };
  /** For jobs without a class. Default: `classes.default`, else `TRACE_CLASS`. */
  readonly defaultClass?: string;
  /** Called for every 256 KB read. */
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Ends the read; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Trace {
  /** In order of release. Tasks that wait for the same jobs share one `after` list. */
  readonly tasks: readonly TaskSpec[];
  readonly report: TraceReport;
}

/**
 * @throws TraceError with the line and the column when the file cannot be read or a row cannot be
 *   understood; no row is ever skipped without being counted in the report
 */
export async function readTrace(path: string, options: TraceOptions = {}): Promise<Trace> {
  try {
    return await read(path, options);
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw Object.assign(new TraceError(error.problem, error, path), { cause: error.cause });
  }
}

async function read(path: string, options: TraceOptions): Promise<Trace> {
  const zone = zoneNamed(options.zone ?? 'UTC');
  if (zone === undefined) {
    throw new TraceError(
      `option zone is ${JSON.stringify(options.zone)}; allowed: UTC, an offset such as +02:00, or a name such as Europe/Berlin`,
    );
  }
  let found: FoundColumns = {};
  let header: readonly string[] = [];
  let reader: JobReader | undefined;
  const delimiter = await readRows(path, {
    onProgress: options.onProgress,
    signal: options.signal,
    onRow: (cells, line) => {
      if (reader !== undefined) {
        reader.add(cells, line);
        return;
      }
      header = cells.map((cell) => cell.trim());
      found = findColumns(header, options.columns ?? {});
      const unit = options.durationUnit ?? found.duration?.unit ?? 'seconds';
      reader = createJobReader({ columns: found, width: cells.length, unit, zone });
    },
  });
  if (reader === undefined || reader.counts.rows === 0) {
    throw new TraceError('there is no job after the header', { line: 1 });
  }
  const { jobs, counts } = reader;
  if (jobs.lines.length === 0) {
    throw new TraceError(
      `none of the ${counts.rows} rows says how long its job ran; name the column with the option columns.duration`,
    );
  }
  const { graph, from, unstaged } = graphOf(jobs, found, options.stages);
  const { tasks, classes } = tasksOf(jobs, graph, options);
  const report = {
    ...counts,
    tasks: tasks.length,
    delimiter,
    columns: Object.fromEntries(Object.entries(found).map(([role, { name }]) => [role, name])),
    ignoredColumns: header.filter(
      (_, at) => !Object.values(found).some(({ index }) => index === at),
    ),
    builds: found.build === undefined ? 0 : jobs.buildNames.texts.length,
    firstReleaseAt: tasks[0]?.releaseAt ?? 0,
    lastReleaseAt: tasks.at(-1)?.releaseAt ?? 0,
    classes,
    graph: from,
  };
  const assumptions = assumptionsOf(report, {
    found,
    unstaged,
    stages: options.stages,
    isUnitGiven: options.durationUnit !== undefined,
  });
  return { tasks, report: { ...report, assumptions } };
}

interface ChosenGraph {
  readonly graph: Graph | undefined;
  readonly from: TraceReport['graph'];
  readonly unstaged: readonly string[];
}

function graphOf(jobs: Jobs, found: FoundColumns, stages: TraceOptions['stages']): ChosenGraph {
  const needed = (what: string) => {
    for (const role of ['build', 'job'] as const) {
      if (found[role] !== undefined) continue;
      throw new TraceError(
        `${what} needs the ${role} of every job, and no column says it; name one with the option columns.${role}`,
        { line: 1 },
      );
    }
  };
  if (jobs.after.size > 0 && found.after !== undefined) {
    needed(`column ${found.after.name}`);
    return { graph: graphFromColumn(jobs, found.after.name), from: 'column', unstaged: [] };
  }
  if (stages === undefined || stages.length === 0) {
    return { graph: undefined, from: 'none', unstaged: [] };
  }
  if (stages.some((word) => word.trim() === '') || new Set(stages).size < stages.length) {
    throw new TraceError(
      `option stages is ${JSON.stringify(stages)}; allowed: different words, none of them empty`,
    );
  }
  needed('option stages');
  return { ...graphFromStages(jobs, stages), from: 'stages' };
}

function tasksOf(
  jobs: Jobs,
  graph: Graph | undefined,
  options: TraceOptions,
): { tasks: readonly TaskSpec[]; classes: readonly ClassCount[] } {
  const releases = releasesOf(jobs, graph);
  const order = Uint32Array.from(releases.keys()).sort(
    (a, b) => (releases[a] ?? 0) - (releases[b] ?? 0) || a - b,
  );
  const firstTask = new Uint32Array(order.length);
  let count = 0;
  for (const job of order) {
    firstTask[job] = count;
    count += jobs.parallelism.get(job) ?? 1;
  }
  const translated = new Map<readonly number[], readonly number[]>([[NOTHING, NOTHING]]);
  const tasksOfJobs = (before: readonly number[]): readonly number[] => {
    const known = translated.get(before);
    if (known !== undefined) return known;
    const tasks = before.flatMap((job) => {
      const first = firstTask[job] ?? 0;
      return Array.from({ length: jobs.parallelism.get(job) ?? 1 }, (_, part) => first + part);
    });
    translated.set(before, tasks);
    return tasks;
  };
  const classes = classesOf(jobs, options);
  const tasks: TaskSpec[] = [];
  for (const job of order) {
    const line = jobs.lines[job] ?? 0;
    const parts = jobs.parallelism.get(job) ?? 1;
    const after = tasksOfJobs(graph?.[job] ?? NOTHING);
    for (let part = 1; part <= parts; part += 1) {
      const name = classes[jobs.classes[job] ?? 0];
      if (name !== undefined) name.tasks += 1;
      tasks.push({
        // The line finds the job in the file again, and is far smaller than a build's and a job's name.
        id: parts === 1 ? `line-${line}` : `line-${line}.${part}`,
        resourceClass: name?.resourceClass ?? TRACE_CLASS,
        pipeline: jobs.buildNames.texts[jobs.builds[job] ?? 0] || `line-${line}`,
        releaseAt: releases[job] ?? 0,
        durationMs: jobs.durations[job] ?? 0,
        after,
      });
    }
  }
  return { tasks, classes: classes.filter(({ tasks }) => tasks > 0) };
}

/** A job that waits for others is held by them alone, so it may be released with its build. */
function releasesOf(jobs: Jobs, graph: Graph | undefined): readonly number[] {
  if (graph === undefined) return jobs.times;
  const earliest = new Map<number, number>();
  for (const [job, build] of jobs.builds.entries()) {
    earliest.set(build, Math.min(earliest.get(build) ?? Infinity, jobs.times[job] ?? 0));
  }
  return jobs.times.map((time, job) =>
    graph[job] === undefined || graph[job].length === 0
      ? time
      : (earliest.get(jobs.builds[job] ?? 0) ?? time),
  );
}

function classesOf(
  jobs: Jobs,
  options: TraceOptions,
): { -readonly [K in keyof ClassCount]: ClassCount[K] }[] {
  const map = new Map(Object.entries(options.classes?.map ?? {}));
  const fallback = options.classes?.default;
  return jobs.classNames.texts.map((name) => ({
    traceClass: name,
    resourceClass:
      map.get(name) ??
      (name === '' ? (options.defaultClass ?? fallback ?? TRACE_CLASS) : (fallback ?? name)),
    tasks: 0,
  }));
}

/** The classes of a trace that none of the given fleets serves, with how many tasks ask for each. */
export function unservedClasses(trace: Trace, served: Iterable<string>): readonly ClassCount[] {
  const fleets = new Set(served);
  return trace.report.classes.filter(({ resourceClass }) => !fleets.has(resourceClass));
}
