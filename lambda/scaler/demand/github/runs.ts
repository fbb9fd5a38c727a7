/** The unfinished runs of one repository, and their jobs. */
import { isObject } from '../../contract/json.ts';
import { DemandSourceError } from '../source.ts';
import { type JobCounts, jobCountsIn, NO_JOBS, together } from './jobs.ts';
import { type KeptAnswers, keptAnswers } from './kept-answers.ts';
import { type List, type Page, type Pass, wholeList } from './pages.ts';
import type { Purpose } from './request-budget.ts';

/** The jobs of each run that is not finished, by the run's id. */
export type Runs = ReadonlyMap<number, JobCounts>;

/**
 * The statuses of runs that may have a job in the queue, in the order in which most runs pass through them, so that one
 * that moves on while they are read is met later and not missed. A run is `waiting` or `pending` for a rule of an
 * environment or for a concurrency group; GitHub does not say what it is while another of its jobs is queued, so both
 * are read. A `requested` run has no jobs yet, nor has one with `action_required`; the others are finished.
 *
 * @see https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
 */
export const RUN_STATUSES = ['pending', 'queued', 'in_progress', 'waiting'] as const;

/** GitHub lists so many runs of one status, and says nothing of those beyond. */
export const MOST_RUNS = 1_000;

/** A run has about 12 KB in an answer: small pages keep a pass short. */
const RUNS_PER_PAGE = 30;

/** As many as there may be. A matrix has up to 256 jobs. */
const JOBS_PER_PAGE = 100;

export interface Repository {
  /** The path below the API: `/repos/acme/app`, or `/repositories/7` once it was renamed. */
  readonly base: string;
  readonly moved: (base: string) => void;
  readonly purpose: Purpose;
  /** The runs of the last reading. */
  readonly known: Runs;
  readonly kept: KeptRuns;
  readonly onUnknown: (status: string) => void;
}

/** What the last answers said, of all repositories. */
export interface KeptRuns {
  readonly runs: KeptAnswers<Page<readonly number[]>>;
  readonly jobs: KeptAnswers<Page<JobCounts>>;
}

export function keptRuns(): KeptRuns {
  return { runs: keptAnswers(), jobs: keptAnswers() };
}

/**
 * All or nothing. A run that was open at the last reading and is in no list now is asked for once more: it may have moved
 * between two lists, or to a page that was read before.
 */
export async function unfinishedRuns(repository: Repository, pass: Pass): Promise<Runs> {
  const listed = new Set<number>();
  let at = repository.base;
  const moved = (base: string) => {
    at = base;
    repository.moved(base);
  };
  for (const status of RUN_STATUSES) {
    const list = runsOf({ ...repository, base: at, moved }, status);
    for (const page of await wholeList(list, pass)) for (const id of page) listed.add(id);
  }
  const left = [...repository.known]
    .filter(([id, { isOpen }]) => isOpen && !listed.has(id))
    .map(([id]) => id);
  const runs = await Promise.all(
    [...listed, ...left].map(
      async (id) => [id, await jobsOf({ ...repository, base: at, moved }, id, pass)] as const,
    ),
  );
  return new Map(runs.filter(([id, { isOpen }]) => listed.has(id) || isOpen));
}

function runsOf(
  { base, moved, purpose, kept }: Repository,
  status: (typeof RUN_STATUSES)[number],
): List<readonly number[]> {
  return {
    base,
    below: '/actions/runs',
    route: '/repos/{owner}/{repo}/actions/runs',
    query: `status=${status}&exclude_pull_requests=true&per_page=${RUNS_PER_PAGE}`,
    purpose,
    key: 'workflow_runs',
    most: MOST_RUNS,
    kept: kept.runs,
    moved,
    read(items) {
      const ids = items.map((item) => (isObject(item) ? item['id'] : undefined));
      return ids.every(isId) ? ids : undefined;
    },
    problem: 'with a run that has no id',
  };
}

/** None where the run was deleted meanwhile. */
async function jobsOf(repository: Repository, run: number, pass: Pass): Promise<JobCounts> {
  const { base, moved, purpose, kept, onUnknown } = repository;
  try {
    const pages = await wholeList<JobCounts>(
      {
        base,
        below: `/actions/runs/${run}/jobs`,
        route: '/repos/{owner}/{repo}/actions/runs/{run_id}/jobs',
        query: `filter=latest&per_page=${JOBS_PER_PAGE}`,
        purpose,
        key: 'jobs',
        kept: kept.jobs,
        moved,
        read: (items) => jobCountsIn(items, onUnknown),
        problem: 'with a job that has no status, labels or name of its runner',
      },
      pass,
    );
    return together(pages);
  } catch (error) {
    if (error instanceof DemandSourceError && error.kind === 'not-found') return NO_JOBS;
    throw error;
  }
}

function isId(id: unknown): id is number {
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0;
}
