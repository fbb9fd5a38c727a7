/** Which column of a trace means what. */
import { shellWord } from '../../cli/shell-word.ts';
import { TraceError } from './trace-error.ts';
import type { DurationUnit } from './trace-values.ts';

/** What a column can be to a trace. */
export const ROLES = [
  /** When the job was queued or its build was created. */
  'time',
  /** When the job began to run, … */
  'start',
  /** … and when it ended. */
  'end',
  /** How long it ran. */
  'duration',
  /** What it asked for: resource class, queue or label. */
  'class',
  /** The build, pipeline or workflow run it belongs to. */
  'build',
  /** Its name. */
  'job',
  /** An id that no other job has. */
  'id',
  /** Names of the jobs of the same build that must end first, separated by `;` or `,`. */
  'after',
  /** How many tasks the job is; each takes the job's duration. */
  'parallelism',
] as const;
export type Role = (typeof ROLES)[number];

interface KnownNames {
  /** In order of preference; case and punctuation do not matter. */
  readonly names: readonly string[];
  readonly from: string;
}

/**
 * Column names that are recognised without options. Of several present the first wins, so the nearest
 * to the job comes first: a job's own queue time before the build's creation, a run before its project.
 *
 * @see https://circleci.com/docs/api/v2/index.html#tag/Usage (usage export)
 * @see https://buildkite.com/docs/apis/rest-api/jobs
 * @see https://docs.github.com/en/rest/actions/workflow-jobs
 * @see https://docs.gitlab.com/api/jobs/
 */
const KNOWN_COLUMNS: Readonly<Record<Role, readonly KnownNames[]>> = {
  time: [
    { names: ['job_run_queued_at'], from: 'CircleCI usage export' },
    // `queue_time` is left out: it is as often the length of the wait.
    { names: ['queued_at', 'enqueued_at', 'queued'], from: 'CircleCI, GitLab' },
    { names: ['runnable_at', 'scheduled_at'], from: 'Buildkite jobs' },
    { names: ['submitted_at', 'submit_time', 'arrival_time'], from: 'batch systems' },
    { names: ['job_created_at', 'created_at', 'created'], from: 'GitHub, GitLab, Buildkite' },
    { names: ['build_created_at', 'run_created_at', 'workflow_created_at'], from: 'build lists' },
    { names: ['pipeline_created_at'], from: 'CircleCI usage export' },
    { names: ['timestamp', 'time'], from: 'Jenkins' },
  ],
  start: [
    { names: ['job_run_started_at', 'job_build_started_at'], from: 'CircleCI usage export' },
    { names: ['job_started_at', 'started_at', 'start_time', 'started', 'start'], from: 'all' },
  ],
  end: [
    { names: ['job_run_stopped_at', 'job_build_stopped_at'], from: 'CircleCI usage export' },
    { names: ['stopped_at'], from: 'CircleCI' },
    { names: ['finished_at', 'job_finished_at'], from: 'GitLab, Buildkite' },
    { names: ['completed_at', 'job_completed_at'], from: 'GitHub' },
    { names: ['ended_at', 'end_time', 'ended', 'end'], from: 'others' },
  ],
  // The unit may follow the name: `_s`, `_seconds`, `_ms`, `_minutes` and so on.
  duration: [
    { names: ['job_run_seconds'], from: 'CircleCI usage export' },
    { names: ['job_duration', 'duration'], from: 'CircleCI Insights, GitLab' },
    { names: ['run_time', 'run_duration', 'run_seconds', 'build_time'], from: 'CircleCI' },
    { names: ['build_duration', 'elapsed', 'wall_time'], from: 'Jenkins, batch systems' },
  ],
  class: [
    { names: ['resource_class', 'executor_resource_class'], from: 'CircleCI' },
    { names: ['runner_class', 'runner_type', 'runner_label', 'runs_on'], from: 'GitHub' },
    { names: ['queue', 'queue_name', 'agent_queue'], from: 'Buildkite' },
    { names: ['label', 'labels', 'tag_list'], from: 'Jenkins, GitHub, GitLab' },
    { names: ['class'], from: 'others' },
  ],
  build: [
    { names: ['workflow_run_id', 'run_id'], from: 'GitHub' },
    { names: ['workflow_id', 'latest_workflow_id', 'pipeline_id'], from: 'CircleCI, GitLab' },
    { names: ['build_id', 'build', 'build_number'], from: 'Buildkite, Jenkins' },
    { names: ['pipeline', 'pipeline_number', 'run_number'], from: 'others' },
  ],
  job: [
    { names: ['job_name', 'job'], from: 'CircleCI, Buildkite' },
    { names: ['name', 'step', 'step_name', 'task', 'task_name'], from: 'GitHub, GitLab' },
  ],
  id: [{ names: ['job_id', 'job_uuid', 'id', 'uuid'], from: 'all' }],
  after: [
    { names: ['depends_on', 'dependencies'], from: 'Buildkite' },
    { names: ['requires', 'needs', 'after'], from: 'CircleCI, GitHub, GitLab' },
  ],
  parallelism: [{ names: ['parallelism'], from: 'CircleCI' }],
};

const UNIT_OF_SUFFIX: ReadonlyMap<string, DurationUnit> = new Map([
  ...['ms', 'msec', 'msecs', 'millis', 'milliseconds'].map(
    (text) => [text, 'milliseconds'] as const,
  ),
  ...['s', 'sec', 'secs', 'seconds'].map((text) => [text, 'seconds'] as const),
  ...['min', 'mins', 'minutes'].map((text) => [text, 'minutes'] as const),
  ...['h', 'hrs', 'hours'].map((text) => [text, 'hours'] as const),
]);
/** What a moment's name may end in without meaning another thing, … */
const ZONE_OR_PRECISION = /^(utc|gmt|minute|unix|epoch)+$/;
/** … and what it may end in besides when it cannot be the length of something. */
const ANY_UNIT = /^(utc|gmt|minute|unix|epoch|seconds|sec|s|millis|ms)+$/;
const SURELY_MOMENT = /(at|.time|stamp)$/;

/** One column that was found. */
export interface FoundColumn {
  /** As the header spells it. */
  readonly name: string;
  /** Its position, from 0. */
  readonly index: number;
  /** The unit its name says, for a duration. */
  readonly unit?: DurationUnit;
}
export type FoundColumns = Readonly<Partial<Record<Role, FoundColumn>>>;

/**
 * Finds the columns of a trace: those named by the caller, and for every other role the known name
 * that comes first.
 *
 * @throws TraceError when a named column is missing or stands twice, or when neither a time nor a
 *   duration can be had
 */
export function findColumns(
  header: readonly string[],
  named: Readonly<Partial<Record<Role, string>>>,
): FoundColumns {
  const found: Partial<Record<Role, FoundColumn>> = {};
  for (const role of ROLES) {
    const name = named[role];
    const column = name === undefined ? recognise(header, role) : require(header, role, name);
    if (column !== undefined) found[role] = column;
  }
  const lacking: ('time' | 'duration')[] = [];
  if (!found.time && !found.start && !(found.end && found.duration)) lacking.push('time');
  if (!found.duration && !(found.start && found.end)) lacking.push('duration');
  for (const role of lacking) {
    const what =
      role === 'time'
        ? 'no column says when a job was queued or its build was created'
        : 'no column says how long a job ran, nor do two say when it started and ended';
    throw new TraceError(
      `${what}; the columns are ${list(header)}; name one with ${columnOption(role, header)}, or call it ` +
        (role === 'time' ? 'queued_at or created_at' : 'duration_seconds'),
      { line: 1 },
    );
  }
  return found;
}

/** Words in column names that make a column worth suggesting. */
const LIKELY: Readonly<Partial<Record<Role, RegExp>>> = {
  time: /time|date|when|creat|queue|submit|begin/i,
  duration: /dur|took|elapsed|length|sec|run/i,
  build: /build|pipeline|workflow|run/i,
  job: /job|name|step|task/i,
};

/** The option that names a column, as a shell takes it, with the column that is likeliest meant. */
export function columnOption(role: Role, header: readonly string[]): string {
  const likely = header.find((name) => LIKELY[role]?.test(name)) ?? 'NAME';
  return `--column ${shellWord(`${role}=${likely}`)}`;
}

function recognise(header: readonly string[], role: Role): FoundColumn | undefined {
  const keys = header.map(plain);
  for (const known of KNOWN_COLUMNS[role].flatMap((entry) => entry.names)) {
    const wanted = plain(known);
    const index = keys.findIndex((key) => means(key, wanted, role));
    const name = header[index];
    if (name === undefined) continue;
    const again = keys.findIndex((key, at) => at > index && key === keys[index]);
    if (again !== -1) throw twice(name);
    const unit = role === 'duration' ? unitOf(name) : undefined;
    return { name, index, ...(unit && { unit }) };
  }
  return undefined;
}

function means(key: string, wanted: string, role: Role): boolean {
  if (key === wanted) return true;
  if (!key.startsWith(wanted)) return false;
  const rest = key.slice(wanted.length);
  if (role === 'duration') return UNIT_OF_SUFFIX.has(rest);
  if (role !== 'time' && role !== 'start' && role !== 'end') return false;
  return (SURELY_MOMENT.test(wanted) ? ANY_UNIT : ZONE_OR_PRECISION).test(rest);
}

function require(header: readonly string[], role: Role, name: string): FoundColumn {
  const keys = header.map((cell) => cell.trim().toLowerCase());
  const exact = header.indexOf(name);
  const index = exact === -1 ? keys.indexOf(name.trim().toLowerCase()) : exact;
  const spelled = header[index];
  if (spelled === undefined) {
    throw new TraceError(
      `there is no column ${JSON.stringify(name)}, which --column ${role}= names; the columns are ${list(header)}`,
      { line: 1 },
    );
  }
  if (header.indexOf(spelled, index + 1) !== -1) throw twice(spelled);
  const unit = role === 'duration' ? unitOf(spelled) : undefined;
  return { name: spelled, index, ...(unit && { unit }) };
}

/** The unit a duration's name ends in, if it does: `duration_ms`, `durationMs`, `Duration (ms)`. */
function unitOf(name: string): DurationUnit | undefined {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/);
  const last = words.findLast((word) => word !== '') ?? '';
  const key = plain(name);
  const known = KNOWN_COLUMNS.duration.flatMap((entry) => entry.names.map(plain));
  const bases = known.filter((base) => key.startsWith(base));
  const endings = [last, ...bases.map((base) => key.slice(base.length))];
  return endings.map((ending) => UNIT_OF_SUFFIX.get(ending)).find((unit) => unit !== undefined);
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function twice(name: string): TraceError {
  return new TraceError('the header names this column twice; rename or remove one of the two', {
    line: 1,
    column: name,
  });
}

function list(header: readonly string[]): string {
  const shown = header.slice(0, 12).map((name) => JSON.stringify(name.slice(0, 40)));
  return `${shown.join(', ')}${header.length > shown.length ? `, … (${header.length})` : ''}`;
}
