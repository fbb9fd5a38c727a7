/** The jobs of a run, and what is kept of them: only what is counted. */
import { isObject } from '../../contract/json.ts';

export interface JobCounts {
  /** How many wait for a runner, by their labels as `labelsKey` writes them. */
  readonly waiting: ReadonlyMap<string, number>;
  /** The names of the runners that have a job and may be ours. */
  readonly runners: readonly string[];
  /** The labels of all its jobs, also of those that have ended or wait for something else. */
  readonly labels: ReadonlySet<string>;
  /** Whether a job waits for a runner or has one. */
  readonly isOpen: boolean;
}

export const NO_JOBS: JobCounts = {
  waiting: new Map(),
  runners: [],
  labels: new Set(),
  isOpen: false,
};

/** The words of GitHub's description of a job; the last three wait for something else than a runner. */
const STATUSES = ['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending'] as const;
type Status = (typeof STATUSES)[number];

interface Job {
  /** Undefined for a word that is not known. */
  readonly status: Status | undefined;
  readonly labels: string;
  readonly runner: string | undefined;
}

/** No label has it. */
const SEPARATOR = '\u0000';

/** Labels have no order and no case. */
export function labelsKey(labels: readonly string[]): string {
  return [...new Set(labels.map((label) => label.toLowerCase()))].toSorted().join(SEPARATOR);
}

export function labelsOfKey(key: string): readonly string[] {
  return key === '' ? [] : key.split(SEPARATOR);
}

/**
 * @param onUnknown told of each status that is not known; such a job is not counted
 * @returns undefined when one of them is no job
 * @see https://docs.github.com/en/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run
 */
export function jobCountsIn(
  items: readonly unknown[],
  onUnknown: (status: string) => void,
): JobCounts | undefined {
  const waiting = new Map<string, number>();
  const runners: string[] = [];
  const labels = new Set<string>();
  let isOpen = false;
  for (const item of items) {
    const job = jobIn(item, onUnknown);
    if (job === undefined) return undefined;
    labels.add(job.labels);
    const hasRunner = job.runner !== undefined;
    isOpen ||= job.status === 'queued' || job.status === 'in_progress';
    if (job.status === 'queued' && !hasRunner) {
      waiting.set(job.labels, (waiting.get(job.labels) ?? 0) + 1);
    }
    // A job is queued until its runner has begun with it, and the runner is occupied from then on.
    const isRunning = job.status === 'in_progress' || job.status === 'queued';
    if (isRunning && job.runner !== undefined && endsInInstance(job.runner)) {
      runners.push(job.runner);
    }
  }
  return { waiting, runners, labels, isOpen };
}

export function together(parts: readonly JobCounts[]): JobCounts {
  const waiting = new Map<string, number>();
  for (const part of parts) {
    for (const [key, count] of part.waiting) waiting.set(key, (waiting.get(key) ?? 0) + count);
  }
  return {
    waiting,
    runners: parts.flatMap(({ runners }) => runners),
    labels: new Set(parts.flatMap(({ labels }) => [...labels])),
    isOpen: parts.some(({ isOpen }) => isOpen),
  };
}

/** A job without a runner has `null`, 0 or an empty name in its place, by the version of the server. */
function jobIn(item: unknown, onUnknown: (status: string) => void): Job | undefined {
  if (!isObject(item)) return undefined;
  const { status, labels, runner_name: name = null, runner_id: id = null } = item;
  if (typeof status !== 'string' || !isTexts(labels)) return undefined;
  if (name !== null && typeof name !== 'string') return undefined;
  if (id !== null && typeof id !== 'number') return undefined;
  const known = STATUSES.find((word) => word === status);
  if (known === undefined) onUnknown(status);
  const runner = name === null || name === '' ? undefined : name;
  return {
    status: known,
    labels: labelsKey(labels),
    runner: runner ?? (id === null || id === 0 ? undefined : 'unnamed'),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && (value as readonly unknown[]).every((each) => typeof each === 'string')
  );
}

function endsInInstance(name: string): boolean {
  return /-i-[0-9a-f]{8,17}$/.test(name);
}
