/** Reads a CSV file of real jobs into tasks for the world. */
import type { TaskSpec } from '../world/task.ts';
import { classesOfLabels, TRACE_CLASS } from './trace-classes.ts';
import type { ClassOptions } from './trace-classes.ts';
import { columnOption, findColumns } from './trace-columns.ts';
import type { FoundColumns, Role } from './trace-columns.ts';
import { doubtDurations } from './trace-doubts.ts';
import { TraceError } from './trace-error.ts';
import { NOTHING, graphFromColumn, graphFromStages } from './trace-graph.ts';
import type { Graph } from './trace-graph.ts';
import { createJobReader } from './trace-jobs.ts';
import type { JobReader, Jobs } from './trace-jobs.ts';
import { assumptionsOf, leftOutOf } from './trace-report.ts';
import type { ClassCount, TraceReport } from './trace-report.ts';
import { readRows, STANDARD_INPUT } from './trace-text.ts';
import type { ReadProgress } from './trace-text.ts';
import { zoneNamed } from './trace-values.ts';
import type { DateOrder, DurationUnit } from './trace-values.ts';

export interface TraceOptions extends ClassOptions {
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
   * How dates are written that end in the year, such as `03/02/2026 14:05` or `02.03.2026 14:05`.
   * Default: they are refused, because they can be read in two ways.
   */
  readonly dateOrder?: DateOrder;
  /**
   * Assumes a job graph where the trace has none: words in order, `*` for the rest. A job belongs to
   * the first word that occurs in its name, and waits for the words before it, within its build.
   * Default: every job is released at its own time.
   */
  readonly stages?: readonly string[];
  /** Called for every 256 KB read. */
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Ends the read; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Trace {
  /** In order of release. Tasks that wait for the same jobs share one `after` list. */
  readonly tasks: readonly TaskSpec[];
  readonly report: TraceReport;
  /**
   * Seconds that jobs really waited, from their queue time to their start, by class. Empty where the trace
   * does not have both, or only the creation of a build.
   */
  readonly realWaits: ReadonlyMap<string, readonly number[]>;
}

/**
 * @param path of a file, or `-` for standard input
 * @throws TraceError with the line and the column when the file cannot be read or a row cannot be
 *   understood; no row is ever skipped without being counted in the report
 */
export async function readTrace(path: string, options: TraceOptions = {}): Promise<Trace> {
  const places = { areEntries: false };
  try {
    return await read(path, options, () => {
      places.areEntries = true;
    });
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    const { problem, column, line, entry = line } = error;
    const place = places.areEntries ? { entry, column } : { line, entry: error.entry, column };
    throw Object.assign(
      new TraceError(problem, place, path === STANDARD_INPUT ? traceName(path) : path),
      { cause: error.cause },
    );
  }
}

/** What a trace is called: its file's name, or where it comes from. */
export function traceName(path: string): string {
  if (path === STANDARD_INPUT) return 'standard input';
  return path.split(/[\\/]/).at(-1) ?? path;
}

async function read(path: string, options: TraceOptions, onEntries: () => void): Promise<Trace> {
  const zone = zoneNamed(options.zone ?? 'UTC');
  if (zone === undefined) {
    throw new TraceError(
      `--zone is ${JSON.stringify(options.zone)}; allowed: UTC, an offset such as +02:00, or a name such as Europe/Berlin`,
    );
  }
  let found: FoundColumns = {};
  let header: readonly string[] = [];
  let unit: DurationUnit = 'seconds';
  let reader: JobReader | undefined;
  const delimiter = await readRows(path, {
    onProgress: options.onProgress,
    signal: options.signal,
    onEntries,
    onRow: (cells, line) => {
      if (reader !== undefined) {
        reader.add(cells, line);
        return;
      }
      header = cells.map((cell) => cell.trim());
      found = findColumns(header, options.columns ?? {});
      unit = options.durationUnit ?? found.duration?.unit ?? 'seconds';
      const { dateOrder } = options;
      reader = createJobReader({ columns: found, width: cells.length, unit, zone, dateOrder });
    },
  });
  if (reader === undefined || reader.counts.rows === 0) {
    throw new TraceError('there is no job after the header', { line: 1 });
  }
  const { jobs, counts, sample } = reader;
  if (jobs.lines.length === 0) {
    const [what, role] =
      counts.withoutTime > 0
        ? (['when its job was queued or started', 'time'] as const)
        : (['how long its job ran', 'duration'] as const);
    throw new TraceError(
      `none of the ${counts.rows} rows says ${what}; name the column with ${columnOption(role, header)}`,
    );
  }
  if (found.duration) {
    const isAssumed = options.durationUnit === undefined && found.duration.unit === undefined;
    doubtDurations(sample, { column: found.duration.name, unit, isAssumed });
  }
  const { graph, from, unstaged } = graphOf({ jobs, found, header }, options.stages);
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
  return {
    tasks,
    report: { ...report, assumptions, leftOut: leftOutOf(report) },
    realWaits: realWaitsOf({ jobs, found, header }, options),
  };
}

interface ChosenGraph {
  readonly graph: Graph | undefined;
  readonly from: TraceReport['graph'];
  readonly unstaged: readonly string[];
}

interface Read {
  readonly jobs: Jobs;
  readonly found: FoundColumns;
  readonly header: readonly string[];
}

/** A column of the build's own time, from which a job waits for other jobs too. */
const TIME_OF_BUILD = /^(build|pipeline|run|workflow)_?created/i;

function realWaitsOf(
  { jobs, found }: Read,
  options: ClassOptions,
): ReadonlyMap<string, readonly number[]> {
  const waits = new Map<string, number[]>();
  if (found.time === undefined || TIME_OF_BUILD.test(found.time.name)) return waits;
  const classes = classesOfLabels(jobs.classNames.texts, options);
  for (const [job, wait] of jobs.waits.entries()) {
    if (!(wait >= 0)) continue;
    const name = classes[jobs.classes[job] ?? 0] ?? TRACE_CLASS;
    const known = waits.get(name);
    if (known === undefined) waits.set(name, [wait / 1000]);
    else known.push(wait / 1000);
  }
  return waits;
}

function graphOf({ jobs, found, header }: Read, stages: TraceOptions['stages']): ChosenGraph {
  const needed = (what: string) => {
    for (const role of ['build', 'job'] as const) {
      if (found[role] !== undefined) continue;
      throw new TraceError(
        `${what} needs the ${role} of every job, and no column says it; name one with ${columnOption(role, header)}`,
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
      `--stages is ${JSON.stringify(stages)}; allowed: different words, none of them empty`,
    );
  }
  needed('--stages');
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
  const served = classesOfLabels(jobs.classNames.texts, options);
  const classes = jobs.classNames.texts.map((traceClass, index) => ({
    traceClass,
    resourceClass: served[index] ?? TRACE_CLASS,
    tasks: 0,
  }));
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
