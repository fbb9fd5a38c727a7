/** Reads what is measured from a GitLab. It changes nothing there. */
import { isObject } from '../../lambda/scaler/contract.ts';
import type { Reading, Seen } from './lags.ts';
import { serverClock } from './server-clock.ts';

/** What GitLab does not answer; says what to do. */
export class GitLabProbeError extends Error {
  override readonly name = 'GitLabProbeError';
}

export interface ReaderOptions {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly token: string;
  /** Path or id. */
  readonly project: string;
  readonly runner: number;
  /** This computer's clock, in milliseconds since the epoch. */
  readonly now: () => number;
}

export interface GitLabReader {
  /** @throws GitLabProbeError */
  read(signal: AbortSignal): Promise<Reading>;
  /**
   * When a job began to run, in milliseconds since the epoch.
   *
   * @returns undefined for a job that has not begun
   * @throws GitLabProbeError
   */
  startOf(job: number, signal: AbortSignal): Promise<number | undefined>;
}

const CALL_TIMEOUT_MS = 10_000;

/** Of one page of a list. */
const MOST_PENDING = 100;

export function gitLabReader({ url, token, project, runner, now }: ReaderOptions): GitLabReader {
  const clock = serverClock();
  const jobs = `/api/v4/projects/${encodeURIComponent(project)}/jobs`;
  const query = `query { runner(id: "gid://gitlab/Ci::Runner/${runner}") { jobCount(statuses: [RUNNING, CANCELING]) } }`;

  async function asked(path: string, signal: AbortSignal, body?: string): Promise<Seen<unknown>> {
    const sentAt = now();
    const name = `${url}${path}`;
    try {
      const answer = await fetch(name, {
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]),
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { method: 'POST', body }),
      });
      const text = await answer.text();
      const receivedAt = now();
      clock.heard({ sentAt, receivedAt, date: answer.headers.get('date') });
      if (answer.status !== 200) {
        throw new GitLabProbeError(
          `${name} answered ${answer.status}; check the URL, the project, and that GITLAB_TOKEN has the scope read_api`,
        );
      }
      return { at: clock.of((sentAt + receivedAt) / 2), value: parsed(text) };
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof GitLabProbeError) throw error;
      throw new GitLabProbeError(`${name} gave no answer; check the URL and the network`, {
        cause: error,
      });
    }
  }

  return {
    async read(signal) {
      const counted = await asked('/api/graphql', signal, JSON.stringify({ query }));
      const list = await asked(`${jobs}?scope[]=pending&per_page=${MOST_PENDING}`, signal);
      return {
        running: { at: counted.at, value: runningIn(counted.value, runner) },
        pending: { at: list.at, value: new Set(idsIn(list.value)) },
      };
    },
    async startOf(job, signal) {
      const { value } = await asked(`${jobs}/${job}`, signal);
      const startedAt = isObject(value) ? value['started_at'] : undefined;
      const at = typeof startedAt === 'string' ? Date.parse(startedAt) : Number.NaN;
      return Number.isNaN(at) ? undefined : at;
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new GitLabProbeError(
      'GitLab answered 200 with something other than JSON; check that the URL is the one of GitLab and not of a login page',
    );
  }
}

function runningIn(answer: unknown, runner: number): number {
  const { data, errors } = isObject(answer) ? answer : {};
  const found = isObject(data) && isObject(data['runner']) ? data['runner']['jobCount'] : undefined;
  if (typeof found === 'number') return found;
  const [first] = Array.isArray(errors) ? (errors as readonly unknown[]) : [];
  const said = isObject(first) ? first['message'] : undefined;
  throw new GitLabProbeError(
    `GitLab shows no count of the runner ${runner}${typeof said === 'string' ? ` (${said})` : ''}; check the id of the ` +
      'runner, and that the user of the token may see it',
  );
}

function idsIn(list: unknown): readonly number[] {
  const ids = Array.isArray(list)
    ? (list as readonly unknown[]).map((job) => (isObject(job) ? job['id'] : undefined))
    : [undefined];
  const known = ids.filter((id) => typeof id === 'number');
  if (known.length < ids.length) throw new GitLabProbeError('GitLab answered no list of jobs');
  if (known.length < MOST_PENDING) return known;
  throw new GitLabProbeError(
    `${MOST_PENDING} jobs or more wait in the project; measure when fewer do`,
  );
}
