/** Turns the rows of a trace into jobs, column by column, so that a million rows stay small. */
import type { FoundColumn, FoundColumns } from './trace-columns.ts';
import { type DurationSample, SAMPLED_ROWS } from './trace-doubts.ts';
import { TraceError } from './trace-error.ts';
import {
  ALLOWED_DURATION,
  ALLOWED_MOMENT,
  AMBIGUOUS_DATE,
  UTC,
  isMissing,
  parseDuration,
  parseMoment,
} from './trace-values.ts';
import type { DurationUnit, MomentOptions } from './trace-values.ts';

/** Distinct texts, each kept once and named by its position. */
interface Names {
  readonly texts: readonly string[];
  readonly indexOf: (text: string) => number;
}

/** The jobs read so far; the arrays run in parallel, one entry per job in order of the file. */
export interface Jobs {
  readonly lines: number[];
  /** Milliseconds since the epoch. */
  readonly times: number[];
  /** Milliseconds. */
  readonly durations: number[];
  /** Indices into `classNames`; the empty text is a job without a class. */
  readonly classes: number[];
  /** Indices into `buildNames`; the empty text is a job without a build. */
  readonly builds: number[];
  /** Indices into `jobNames`. */
  readonly names: number[];
  /** Milliseconds from queue time to start, as the trace has them; NaN where it does not. */
  readonly waits: number[];
  /** Tasks of a job that is more than one. */
  readonly parallelism: Map<number, number>;
  /** What a job's dependency column holds, where it holds anything. */
  readonly after: Map<number, string>;
  /** Rows left out because they never ran, by `neverRanKey`. */
  readonly neverRan: Set<string>;
  readonly classNames: Names;
  readonly buildNames: Names;
  readonly jobNames: Names;
}

/** What was met on the way. */
export interface RowCounts {
  rows: number;
  /** Rows equal to an earlier one in every column, and left out. */
  duplicates: number;
  /** Rows whose time is before that of an earlier row. */
  outOfOrder: number;
  /** Rows without a duration, and left out: the job never ran or has not ended. */
  neverRan: number;
  /** Rows without a queue time, released when they started. */
  releasedAtStart: number;
  /** Rows without any time, and left out. */
  withoutTime: number;
}

export interface JobReader {
  readonly jobs: Jobs;
  readonly counts: RowCounts;
  readonly sample: DurationSample;
  readonly add: (cells: readonly string[], line: number) => void;
}

export interface JobReaderOptions extends MomentOptions {
  readonly columns: FoundColumns;
  /** Number of columns of the header. */
  readonly width: number;
  readonly unit: DurationUnit;
}

/** A job with more tasks than this is a mistake in the file. */
const MOST_PARALLELISM = 10_000;

export function createJobReader(options: JobReaderOptions): JobReader {
  const { columns, unit } = options;
  const jobs = noJobs();
  const counts = {
    rows: 0,
    duplicates: 0,
    outOfOrder: 0,
    neverRan: 0,
    releasedAtStart: 0,
    withoutTime: 0,
  };
  const sample: DurationSample = { durations: [], ratios: [] };
  const seen = new Set<number>();
  const hasIdentity = columns.id !== undefined || (columns.build && columns.job) !== undefined;
  let latest = -Infinity;

  const add = (cells: readonly string[], line: number): void => {
    counts.rows += 1;
    if (cells.length !== options.width) {
      throw new TraceError(
        `the row has ${cells.length} values and the header ${options.width}; quote a value that holds a delimiter`,
        { line },
      );
    }
    const row = { cells, line, options };
    if (hasIdentity) {
      const print = fingerprint(cells);
      if (seen.has(print)) {
        counts.duplicates += 1;
        return;
      }
      seen.add(print);
    }
    const queued = moment(row, columns.time);
    const start = moment(row, columns.start);
    const end = moment(row, columns.end);
    const duration = durationOf(row, start, end);
    if (duration === undefined) {
      counts.neverRan += 1;
      const build = jobs.buildNames.indexOf(textOf(row, columns.build));
      if (columns.after) jobs.neverRan.add(neverRanKey(build, textOf(row, columns.job)));
      return;
    }
    const time = queued ?? start ?? (end === undefined ? undefined : end - duration);
    if (time === undefined) {
      counts.withoutTime += 1;
      return;
    }
    if (queued === undefined) counts.releasedAtStart += 1;
    if (time < latest) counts.outOfOrder += 1;
    latest = Math.max(latest, time);

    const index = jobs.lines.push(line) - 1;
    jobs.times.push(time);
    jobs.waits.push(queued === undefined || start === undefined ? Number.NaN : start - queued);
    jobs.durations.push(duration);
    jobs.classes.push(jobs.classNames.indexOf(textOf(row, columns.class)));
    jobs.builds.push(jobs.buildNames.indexOf(textOf(row, columns.build)));
    jobs.names.push(jobs.jobNames.indexOf(textOf(row, columns.job)));
    const after = textOf(row, columns.after);
    if (after !== '' && after !== '[]') jobs.after.set(index, after);
    const tasks = parallelismOf(row);
    if (tasks > 1) jobs.parallelism.set(index, tasks);
  };
  return { jobs, counts, sample, add };

  function durationOf(row: Row, start?: number, end?: number): number | undefined {
    const text = textOf(row, columns.duration);
    if (columns.duration !== undefined && text !== '') {
      const duration = parseDuration(text, unit);
      if (duration === 'negative' || duration === undefined) {
        throw bad(row, columns.duration, ALLOWED_DURATION);
      }
      remember(duration, start === undefined || end === undefined ? 0 : end - start);
      return duration;
    }
    if (start === undefined || end === undefined) return undefined;
    if (end < start) {
      throw bad(
        row,
        columns.end,
        `a time that is not before that of column ${columns.start?.name}`,
      );
    }
    return end - start;
  }

  function remember(duration: number, span: number): void {
    if (sample.durations.length >= SAMPLED_ROWS) return;
    sample.durations.push(duration);
    if (duration > 0 && span > 0) sample.ratios.push(duration / span);
  }

  function parallelismOf(row: Row): number {
    const text = textOf(row, columns.parallelism);
    if (text === '') return 1;
    const tasks = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (tasks < 1 || tasks > MOST_PARALLELISM) {
      throw bad(row, columns.parallelism, `a whole number from 1 to ${MOST_PARALLELISM}`);
    }
    return tasks;
  }
}

/** Names a job of a build among those that never ran; `build` is an index into `buildNames`. */
export function neverRanKey(build: number, job: string): string {
  return `${build}/${job}`;
}

interface Row {
  readonly cells: readonly string[];
  readonly line: number;
  readonly options: JobReaderOptions;
}

/** The value of a column, or the empty text when there is none. */
function textOf(row: Row, column: FoundColumn | undefined): string {
  const text = column === undefined ? '' : (row.cells[column.index] ?? '').trim();
  return isMissing(text) ? '' : text;
}

function moment(row: Row, column: FoundColumn | undefined): number | undefined {
  const text = textOf(row, column);
  if (column === undefined || text === '') return undefined;
  const { dateOrder } = row.options;
  const zone = /utc|gmt/i.test(column.name) ? UTC : row.options.zone;
  const value = parseMoment(text, { zone, dateOrder });
  if (value === 'ambiguous') {
    throw new TraceError(`${JSON.stringify(text)} ${AMBIGUOUS_DATE}`, {
      line: row.line,
      column: column.name,
    });
  }
  if (value === undefined) throw bad(row, column, ALLOWED_MOMENT);
  return value;
}

function bad(row: Row, column: FoundColumn | undefined, allowed: string): TraceError {
  const value = column === undefined ? '' : (row.cells[column.index] ?? '');
  return new TraceError(`${JSON.stringify(value.slice(0, 80))}; allowed: ${allowed}`, {
    line: row.line,
    column: column?.name,
  });
}

function noJobs(): Jobs {
  return {
    lines: [],
    times: [],
    waits: [],
    durations: [],
    classes: [],
    builds: [],
    names: [],
    parallelism: new Map(),
    after: new Map(),
    neverRan: new Set(),
    classNames: createNames(),
    buildNames: createNames(),
    jobNames: createNames(),
  };
}

function createNames(): Names {
  const texts: string[] = [];
  const positions = new Map<string, number>();
  return {
    texts,
    indexOf: (text) => {
      const known = positions.get(text);
      if (known !== undefined) return known;
      positions.set(text, texts.length);
      return texts.push(text) - 1;
    },
  };
}

/**
 * 53 bits of a row's text. Two different rows of a million get the same number with a chance of about
 * one in 18,000; keeping the rows themselves would cost many times the memory.
 */
function fingerprint(cells: readonly string[]): number {
  let first = 0x811c9dc5;
  let second = 0x2545f491;
  for (const cell of cells) {
    for (let at = 0; at < cell.length; at += 1) {
      const code = cell.charCodeAt(at);
      first = Math.imul(first ^ code, 0x85ebca6b);
      first ^= first >>> 13;
      second = Math.imul(second ^ code, 0xc2b2ae35);
      second ^= second >>> 16;
    }
    // An end mark, so that "ab","c" differs from "a","bc".
    first = Math.imul(first ^ 0x10000, 0x01000193);
    second = Math.imul(second ^ 0x10000, 0x9e3779b1);
  }
  return (first >>> 0) * 0x200000 + (second >>> 11);
}
