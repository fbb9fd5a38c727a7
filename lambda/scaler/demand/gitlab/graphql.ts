/**
 * GitLab's GraphQL as far as it is read: one query with two aliases per runner, and what its answer says of each.
 *
 * GraphQL answers 200 also where it refuses, with `errors` and with no data or a part of it.
 *
 * @see https://docs.gitlab.com/api/graphql/reference/ for the fields
 */
import { GITLAB_MOST_JOBS } from '../../contract/gitlab.ts';
import { isObject, parseObject } from '../../contract/json.ts';
import type { Reading, Said } from '../asking.ts';
import { wordsIn } from '../refusals.ts';
import type { DemandFailure } from '../source.ts';
import { noUsableCount, usableCount } from '../usable-count.ts';
import { adviceOn } from './asking.ts';

export const GRAPHQL_ROUTE = '/api/graphql';

/** What is asked of each runner: also its pending jobs, which GitLab tells administrators only, or not. */
export type Asked = 'running' | 'running-and-pending';

/** What an answer says of one runner. */
export type RunnerReading =
  | {
      readonly ok: true;
      readonly running: number;
      /** Undefined where it was not asked for. */
      readonly pending: number | undefined;
      readonly paused: boolean;
      /** Whether the token's user may administer GitLab. */
      readonly isAdministrator: boolean;
    }
  /** Completes "answered 200 …". */
  | { readonly ok: false; readonly kind: DemandFailure; readonly problem: string };

export type GraphQlReading =
  | { readonly kind: 'runners'; readonly runners: readonly RunnerReading[] }
  /** The query costs more than GitLab allows; a smaller one may not. */
  | { readonly kind: 'too-complex'; readonly problem: string };

/**
 * The aliases `runner<n>` and `jobs<n>` are those of the n-th runner. A job that is being cancelled still occupies its
 * machine. `adminUrl` is there for administrators and for nobody else: without their rights the list of all jobs is
 * empty, which reads as no demand, and with them a token can do more than the other scopes need.
 *
 * @see https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/finders/ci/jobs_finder.rb `all_jobs`
 * @see https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/graphql/types/ci/runner_type.rb `admin_url`
 */
export function runnersQuery(runners: readonly number[], asked: Asked): string {
  const parts = runners.map((runner, at) => {
    const id = `"gid://gitlab/Ci::Runner/${runner}"`;
    const counts = `runner${at}: runner(id: ${id}) { paused adminUrl jobCount(statuses: [RUNNING, CANCELING]) }`;
    if (asked === 'running') return counts;
    return `${counts} jobs${at}: jobs(statuses: [PENDING], compatibleRunnerId: ${id}, first: 1) { count }`;
  });
  return `query { ${parts.join(' ')} }`;
}

/** Errors that name an alias are those of one runner; one that names none, or no data, is all runners'. */
export function runnersIn(
  { text, withoutToken }: Said,
  { runners, asked }: { readonly runners: readonly number[]; readonly asked: Asked },
): Reading<GraphQlReading> {
  const { data, errors = [] } = parseObject(text) ?? {};
  if (!Array.isArray(errors)) return { ok: false, problem: 'with errors that are no list' };
  const found = (errors as readonly unknown[]).map((error) => errorIn(error, withoutToken));
  const common = found.find(({ alias }) => alias === undefined);
  if (common !== undefined) {
    const { kind, problem } = common;
    if (/complexity/i.test(problem)) {
      return { ok: true, value: { kind: 'too-complex', problem } };
    }
    return { ok: false, kind, problem };
  }
  if (!isObject(data)) {
    const [first] = found;
    return { ok: false, ...(first ?? { problem: 'without the data of a GraphQL answer' }) };
  }
  const readings = runners.map((runner, at): RunnerReading => {
    const error = found.find(({ alias }) => alias === `runner${at}` || alias === `jobs${at}`);
    if (error !== undefined) return { ok: false, kind: error.kind, problem: error.problem };
    return runnerIn({ runner: data[`runner${at}`], jobs: data[`jobs${at}`] }, { runner, asked });
  });
  const [first] = readings;
  // What is refused for all may be the token's fault, so that a fresh one is tried.
  const isRefused = readings.every(({ ok }) => !ok);
  if (isRefused && first?.ok === false) return first;
  return { ok: true, value: { kind: 'runners', runners: readings } };
}

interface Answered {
  readonly runner: unknown;
  readonly jobs: unknown;
}

function runnerIn(
  { runner, jobs }: Answered,
  { runner: id, asked }: { readonly runner: number; readonly asked: Asked },
): RunnerReading {
  if (runner === null) {
    return failed(
      'forbidden',
      `without the runner ${id}: it does not exist, or the API token may not see it; correct the runner in the ` +
        'config, or give the user of the token access to it',
    );
  }
  if (!isObject(runner)) return failed('invalid-answer', `without the runner ${id}`);
  const { paused, adminUrl, jobCount } = runner;
  const isAdministrator = typeof adminUrl === 'string';
  if (asked === 'running-and-pending' && !isAdministrator) {
    return failed(
      'forbidden',
      'as it answers a user who is no administrator, who is shown no pending job whatever waits; put the token of an ' +
        'administrator with the scope read_api into the API-token secret (where Admin Mode is on, with admin_mode, ' +
        'too), or use the scope group or projects in the config',
    );
  }
  if (typeof paused !== 'boolean') {
    return failed('invalid-answer', `without whether the runner ${id} is paused`);
  }
  const running = usableCount(jobCount);
  if (running === undefined) return failed('invalid-answer', noUsableCount('jobCount'));
  if (running > GITLAB_MOST_JOBS) {
    return failed(
      'invalid-answer',
      `with more than ${GITLAB_MOST_JOBS} running jobs of the runner ${id}, which GitLab does not count; spread the ` +
        'fleet over several runners',
    );
  }
  const known = { ok: true, running, paused, isAdministrator } as const;
  if (asked === 'running') return { ...known, pending: undefined };
  const pending = usableCount(isObject(jobs) ? jobs['count'] : undefined);
  if (pending === undefined) return failed('invalid-answer', noUsableCount('jobs.count'));
  return { ...known, pending };
}

function failed(kind: DemandFailure, problem: string): RunnerReading {
  return { ok: false, kind, problem };
}

interface GraphQlError {
  /** Undefined for an error of the whole query. */
  readonly alias: string | undefined;
  readonly kind: DemandFailure;
  readonly problem: string;
}

function errorIn(error: unknown, withoutToken: Said['withoutToken']): GraphQlError {
  const { message, path } = isObject(error) ? error : {};
  const text = withoutToken(typeof message === 'string' ? message : 'no message');
  const [first] = Array.isArray(path) ? (path as readonly unknown[]) : [];
  const kind = kindOf(text);
  return {
    alias: typeof first === 'string' && /^(runner|jobs)\d+$/.test(first) ? first : undefined,
    kind,
    problem: `with an error of GraphQL${wordsIn(text)}: ${adviceOn(kind)}`,
  };
}

/** GraphQL has no statuses; GitLab's sentences are all that it tells. */
function kindOf(message: string): DemandFailure {
  if (/invalid token|unauthenticated|401/i.test(message)) return 'unauthorized';
  if (/permission|not authorized|forbidden|403/i.test(message)) return 'forbidden';
  if (/timeout|timed out|internal server error/i.test(message)) return 'unavailable';
  if (/rate limit|too many|throttl/i.test(message)) return 'throttled';
  // A field, an argument or a value of a version that is older or newer, or the query's cost.
  if (/doesn't exist|does not exist|invalid value|argument|complexity/i.test(message)) {
    return 'bad-request';
  }
  return 'invalid-answer';
}
