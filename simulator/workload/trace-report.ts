/** What was recognised in a trace, and what had to be assumed. */
import type { FoundColumns, Role } from './trace-columns.ts';
import type { RowCounts } from './trace-jobs.ts';

/** One class of the trace, what it was translated to, and how many tasks ask for it. */
export interface ClassCount {
  /** As the trace spells it; empty for jobs without a class. */
  readonly traceClass: string;
  readonly resourceClass: string;
  readonly tasks: number;
}

export interface TraceReport extends Readonly<RowCounts> {
  readonly tasks: number;
  readonly delimiter: string;
  /** The columns that were used, as the header spells them. */
  readonly columns: Readonly<Partial<Record<Role, string>>>;
  readonly ignoredColumns: readonly string[];
  /** Builds met; 0 when no column names them. */
  readonly builds: number;
  /** Milliseconds since the epoch. */
  readonly firstReleaseAt: number;
  readonly lastReleaseAt: number;
  /** In order of first mention. */
  readonly classes: readonly ClassCount[];
  /** Where the job graph is from: the trace's own column, the option `stages`, or there is none. */
  readonly graph: 'column' | 'stages' | 'none';
  /** Everything that the trace does not say and the reader took for granted, as sentences. */
  readonly assumptions: readonly string[];
  /** Rows that are no part of the tasks, as sentences. */
  readonly leftOut: readonly string[];
}

interface Circumstances {
  readonly found: FoundColumns;
  readonly stages: readonly string[] | undefined;
  /** True when the caller said what a duration's number counts. */
  readonly isUnitGiven: boolean;
  readonly unstaged: readonly string[];
}

/** Before this, a trace counts from its own beginning: no CI system is as old. */
const YEAR_2000_MS = Date.UTC(2000, 0, 1);

export function assumptionsOf(
  report: Omit<TraceReport, 'assumptions' | 'leftOut'>,
  { found, stages, isUnitGiven, unstaged }: Circumstances,
): readonly string[] {
  const said: string[] = [];
  if (report.graph === 'none') {
    said.push('the trace has no job graph: every job is released at its own time');
  } else if (report.graph === 'stages') {
    said.push(
      `the job graph is assumed, not known: within a build, jobs whose name holds ${stages?.join(', then ')} run stage after stage`,
    );
  } else {
    said.push('a job that depends on others is released when they end, not at its own queue time');
  }
  if (report.graph === 'column' && stages !== undefined) {
    said.push('--stages is not used: the trace has its own job graph');
  }
  if (unstaged.length > 0) {
    said.push(
      `${unstaged.length} job names belong to no stage and wait for nothing: ${first(unstaged)}`,
    );
  }
  if (found.time === undefined) {
    said.push('no queue time is known: jobs are released when they started, after their real wait');
  } else if (report.releasedAtStart > 0) {
    said.push(`${report.releasedAtStart} jobs without a queue time are released when they started`);
  }
  if (found.duration && !found.duration.unit && !isUnitGiven) {
    said.push(`column ${found.duration.name} is taken as seconds`);
  }
  const unclassed = report.classes.find(({ traceClass }) => traceClass === '');
  if (unclassed !== undefined) {
    said.push(`${unclassed.tasks} tasks without a class ask for ${unclassed.resourceClass}`);
  }
  if (report.firstReleaseAt < YEAR_2000_MS) {
    said.push('times before the year 2000 are taken as counted from the beginning of the trace');
  }
  return said;
}

/** Rows that are not run, and why. */
export function leftOutOf({ neverRan, withoutTime, duplicates }: RowCounts): readonly string[] {
  const said: string[] = [];
  const rows = (count: number) => (count === 1 ? '1 row' : `${count} rows`);
  if (neverRan > 0) {
    said.push(`${rows(neverRan)} without a duration left out: the job never ran, or has not ended`);
  }
  if (withoutTime > 0) {
    said.push(`${rows(withoutTime)} without a queue time and a start left out`);
  }
  if (duplicates > 0) {
    said.push(`${rows(duplicates)} left out that equal an earlier one in every column`);
  }
  return said;
}

function first(names: readonly string[]): string {
  const shown = names.slice(0, 5);
  return `${shown.join('; ')}${names.length > shown.length ? '; …' : ''}`;
}
