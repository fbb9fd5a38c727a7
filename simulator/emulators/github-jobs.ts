/**
 * Repositories, runs and jobs. The tasks of each class of the world are one run in its repository, whose jobs ask for the
 * labels of the class's fleet; a job that runs is on a runner of the fleet.
 *
 * @see https://docs.github.com/en/rest/actions/workflow-runs and workflow-jobs
 */
import type { TaskCounts } from './circleci.ts';
import { NOT_FOUND, paged, refusal, type Schemas } from './github-answers.ts';
import type { Request, Response } from './server.ts';

/** Where the tasks of a class are jobs, and what jobs they are. */
export interface GitHubJobs {
  /** As `owner/name`; several classes may have the same one. */
  readonly repository: string;
  readonly resourceClass: string;
  /** What its jobs ask for. */
  readonly labels: readonly string[];
  /** Begins the names of the runners that take them. */
  readonly prefix: string;
}

type Run = Pick<Schemas['workflow-run'], 'id' | 'name' | 'status' | 'run_attempt' | 'event'>;
type Job = Pick<
  Schemas['job'],
  | 'id'
  | 'run_id'
  | 'name'
  | 'status'
  | 'conclusion'
  | 'labels'
  | 'runner_id'
  | 'runner_name'
  | 'runner_group_id'
  | 'runner_group_name'
>;

const RUN_STATUSES = new Set(
  (
    'completed action_required cancelled failure neutral skipped stale success timed_out ' +
    'in_progress queued requested waiting pending'
  ).split(' '),
);

export interface GitHubJobsOptions {
  readonly counts: TaskCounts;
  readonly jobs: readonly GitHubJobs[];
}

/** Answers what is asked in the name of the App at one owner; undefined for another path. */
export function gitHubJobs({ counts, jobs }: GitHubJobsOptions) {
  const statusOf = ({ resourceClass }: GitHubJobs): Run['status'] => {
    if (counts.readRunning(resourceClass) > 0) return 'in_progress';
    return counts.readUnclaimed(resourceClass) > 0 ? 'queued' : 'completed';
  };

  const byName = new Map<string, (GitHubJobs & { readonly run: number })[]>();
  jobs.forEach((each, at) => {
    const name = each.repository.toLowerCase();
    byName.set(name, [...(byName.get(name) ?? []), { ...each, run: at + 1 }]);
  });

  return (request: Request, owner: string): Response | undefined => {
    const { path, query } = request;
    if (path === '/installation/repositories') {
      const own = [...byName.values()]
        .flatMap(([first]) => (first === undefined ? [] : [first.repository]))
        .filter((name) => ownerOf(name) === owner.toLowerCase());
      return paged('repositories', own.map(repositoryNamed), request);
    }
    const [, name, run] =
      /^\/repos\/([^/]+\/[^/]+)\/actions\/runs(?:\/(\d+)\/jobs)?$/.exec(path) ?? [];
    if (name === undefined) return undefined;
    const found =
      ownerOf(name) === owner.toLowerCase() ? byName.get(name.toLowerCase()) : undefined;
    if (found === undefined) return NOT_FOUND;
    if (run !== undefined) {
      const asked = found.find((each) => each.run === Number(run));
      return asked === undefined
        ? NOT_FOUND
        : paged('jobs', jobsOf(asked, asked.run, counts), request);
    }
    const status = query.get('status') ?? '';
    if (!RUN_STATUSES.has(status)) return refusal(422, 'Validation Failed');
    const runs = found
      .filter((each) => statusOf(each) === status)
      .map((each) => runOf(each.run, status));
    return paged('workflow_runs', runs, request);
  };
}

function repositoryNamed(
  name: string,
  at: number,
): Pick<Schemas['repository'], 'id' | 'full_name' | 'archived' | 'disabled'> {
  return { id: at + 1, full_name: name, archived: false, disabled: false };
}

function runOf(id: number, status: string): Run {
  return { id, name: 'CI', status, run_attempt: 1, event: 'push' };
}

function jobsOf(
  { resourceClass, labels, prefix }: GitHubJobs,
  run: number,
  counts: TaskCounts,
): readonly Job[] {
  const job = (index: number, change: Pick<Job, 'status' | 'runner_id' | 'runner_name'>): Job => ({
    id: run * 1_000_000 + index,
    run_id: run,
    name: `job ${index}`,
    conclusion: null,
    labels: [...labels],
    runner_group_id: change.runner_id === null ? null : 1,
    runner_group_name: change.runner_id === null ? null : 'Default',
    ...change,
  });
  const running = counts.readRunning(resourceClass);
  const unclaimed = counts.readUnclaimed(resourceClass);
  return [
    ...Array.from({ length: running }, (_, at) =>
      job(at, {
        status: 'in_progress',
        runner_id: at + 1,
        runner_name: `${prefix}i-${at.toString(16).padStart(17, '0')}`,
      }),
    ),
    ...Array.from({ length: unclaimed }, (_, at) =>
      job(running + at, { status: 'queued', runner_id: null, runner_name: null }),
    ),
  ];
}

function ownerOf(name: string): string | undefined {
  return name.split('/')[0]?.toLowerCase();
}
