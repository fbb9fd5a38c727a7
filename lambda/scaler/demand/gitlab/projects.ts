/**
 * The demand of a group or of some projects, for gitlab.com and for tokens of users who are no administrators: running
 * jobs by GraphQL as in the scope `instance`, waiting ones project by project over REST, matched by tags here.
 *
 * How fresh that is: a project is *hot* while its last reading had waiting jobs. Hot ones are read in each pass, the
 * others in turn within a share of the rate limit, some 60 a minute of each container. So the first job of a quiet
 * project is seen within a pass where there are few projects, within two minutes of a hundred, and ten of six hundred;
 * from then on at each pass. A failure of a hot project makes all classes unknown; of another one, its turn
 * late, and the third in a row makes all classes unknown, too.
 *
 * A container knows no class's demand before it has read every project once: a part would be a smaller number.
 * A job that several classes can take is counted for each, as GitLab itself does in the scope `instance`. Whether a
 * protected runner may take a job is not known here.
 */
import pLimit from 'p-limit';
import type { Budget, Clock } from '../../clock.ts';
import type { Ask } from '../asking.ts';
import { type DemandReader, DemandSourceError } from '../source.ts';
import { askingGitLab, type GitLabPorts } from './asking.ts';
import { perPass } from './per-pass.ts';
import { fits, type JobTags, waitingJobs } from './project-lists.ts';
import { runnerOf } from './queue.ts';
import { runnersReader } from './runners.ts';
import { type ProjectsScope, type Scope, scopeOf } from './scope.ts';
import { type SweepRate, sweepRate } from './sweep-rate.ts';

/** Failures of a quiet project in a row that are only late. */
const MOST_LATE = 2;

/** What suffices, as docs/gitlab.md says it. */
const LESSER_TOKEN: Readonly<Record<ProjectsScope['kind'], string>> = {
  group: 'an access token of the group with the role Owner and the scope read_api',
  projects: 'a token with the scope read_api of a user who is Maintainer of these projects',
};

/** Projects that are read at a time. */
const PROJECTS_AT_ONCE = 10;

export interface ProjectsOptions {
  /** Base URL without a trailing slash. */
  readonly url: string;
  readonly scope: ProjectsScope;
}

export function projects(ports: GitLabPorts, { url, scope }: ProjectsOptions): DemandReader {
  const { clock, onNotice } = ports;
  const rate = sweepRate(clock);
  const ask = askingGitLab(ports, { onAnswer: (_route, { headers }) => rate.answered(headers) });
  const readRunners = runnersReader(ask, { url, asked: 'running', onNotice });
  const readJobs = waiting({
    ask,
    url,
    clock,
    rate,
    scope: scopeOf({ url, scope, clock, onNotice }),
  });
  const runners = perPass(readRunners);
  const jobs = new WeakMap<Budget, Promise<readonly JobTags[]>>();
  let isTold = false;

  function tellAdministrator(): void {
    if (isTold) return;
    isTold = true;
    onNotice?.(
      'the API token is that of an administrator, who may do anything in this GitLab, and the scope ' +
        `${scope.kind} needs less; put ${LESSER_TOKEN[scope.kind]} into the API-token secret, and revoke this one`,
    );
  }

  return {
    announce: (queues, budget) => runners.announce(queues, budget),
    async currentDemand(queue, budget) {
      const runner = runnerOf(queue);
      if (runner.tags?.length === 0 && runner.untagged !== true) {
        throw new DemandSourceError(
          'bad-request',
          `the tag runner-scaler:demand of ${queue.group} has neither tags nor untagged, and outside the scope ` +
            'instance jobs are matched by them; give the fleet its tags in the config',
        );
      }
      const { running, paused, isAdministrator } = await runners.of(queue, budget);
      if (isAdministrator) tellAdministrator();
      const reading = jobs.get(budget) ?? readJobs(budget);
      jobs.set(budget, reading);
      const waits = await reading;
      const unclaimed = paused ? 0 : waits.filter((job) => fits(runner, job)).length;
      return { running, unclaimed };
    },
  };
}

interface Waiting {
  readonly ask: Ask;
  readonly url: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly rate: SweepRate;
  readonly scope: Scope;
}

interface Project {
  /** Undefined until it was read once. */
  readonly waits: readonly JobTags[] | undefined;
  readonly triedAt: number;
  /** In a row. */
  readonly failures: number;
  readonly failure?: DemandSourceError | undefined;
}

const NEVER: Project = { waits: undefined, triedAt: Number.NEGATIVE_INFINITY, failures: 0 };

/** Reads the jobs that wait in all projects of the scope. */
function waiting({ ask, url, clock, rate, scope }: Waiting) {
  const known = new Map<string, Project>();
  const of = (id: string) => known.get(id) ?? NEVER;

  async function read(id: string, budget: Budget): Promise<void> {
    try {
      const waits = await waitingJobs(ask, id, { url, budget });
      known.set(id, { waits, triedAt: clock.now(), failures: 0 });
    } catch (error) {
      if (!(error instanceof DemandSourceError) || !scope.leaves(id, error)) throw error;
      known.delete(id);
    }
  }

  /** One that is not hot may be late, unless what was refused is the token or the number of calls. */
  async function sweep(id: string, budget: Budget): Promise<void> {
    try {
      await read(id, budget);
    } catch (error) {
      if (!(error instanceof DemandSourceError)) throw error;
      if (error.kind === 'throttled' || error.kind === 'unauthorized') throw error;
      const { waits, failures } = of(id);
      known.set(id, { waits, triedAt: clock.now(), failures: failures + 1, failure: error });
    }
  }

  return async (budget: Budget): Promise<readonly JobTags[]> => {
    const ids = await scope.projects(ask, { url, budget });
    const isIn = new Set(ids);
    for (const id of known.keys()) if (!isIn.has(id)) known.delete(id);
    const hot = ids.filter((id) => (of(id).waits ?? []).length > 0);
    const cold = ids
      .filter((id) => !hot.includes(id))
      .toSorted((one, other) => of(one).triedAt - of(other).triedAt);
    const isFirst = cold.some((id) => of(id).waits === undefined);
    const swept = cold.slice(0, rate.take(cold.length, isFirst));

    const limit = pLimit(PROJECTS_AT_ONCE);
    await Promise.all([
      ...hot.map(async (id) => limit(async () => read(id, budget))),
      ...swept.map(async (id) => limit(async () => sweep(id, budget))),
    ]);

    const now = await scope.projects(ask, { url, budget });
    const unread = now.filter((id) => of(id).waits === undefined);
    const failed = now
      .map(of)
      .find(({ failures, waits }) => failures > (waits === undefined ? 0 : MOST_LATE));
    if (failed?.failure !== undefined) throw failed.failure;
    if (unread.length > 0) {
      throw new DemandSourceError(
        'unavailable',
        `the jobs of ${unread.length} of ${now.length} projects of ${url} are not read yet, and the demand is not known ` +
          'before they are; it takes some minutes after a start, as only a share of the rate limit is used',
      );
    }
    return now.flatMap((id) => of(id).waits ?? []);
  };
}
