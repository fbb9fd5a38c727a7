/** A GitHub with one repository and the service of scale sets, which behaves in any of the ways that are in doubt. */
import { createHash } from 'node:crypto';
import type { Answer, Received } from '../../http-server.ts';
import type { ManualClock } from '../../manual-clock.ts';

export interface Behaviour {
  readonly etag: 'stable' | 'changing' | 'none';
  readonly unchanged: 'free' | 'counted';
  /** Whether GitHub says how many requests it has counted. */
  readonly hasLimit: boolean;
  /** Requests of somebody else with the same token, beside each of ours. */
  readonly others: number;
  readonly addedLabels: readonly string[];
  readonly sameName: 'refused' | 'made';
  readonly unused: 'deleted' | 'refused' | 'listed';
  readonly listedAfterMs: number;
  readonly etagLateMs: number;
  /** Undefined: as in the workflow. */
  readonly jobLabels?: readonly string[];
  readonly mayMakeSets: boolean;
  readonly idleStatistics: 'none' | 'zero' | 'live';
  readonly backlog: 'shown' | 'zero' | 'none';
  readonly secondSession: 'refused' | 'given';
  readonly renewed: 'numbers' | 'nothing';
  readonly shortPoll: 'assigns' | 'nothing';
  readonly reopensAfterMs: number;
  readonly afterClose: 'kept' | 'returned' | 'cancelled';
  /** How much later than its start a job is in progress. */
  readonly lateMs: number;
  readonly busy: 'kept' | 'deleted';
  readonly otherWorkflows: number;
}

export const USUAL: Behaviour = {
  etag: 'stable',
  unchanged: 'free',
  hasLimit: true,
  others: 0,
  addedLabels: [],
  sameName: 'refused',
  unused: 'deleted',
  listedAfterMs: 0,
  etagLateMs: 0,
  mayMakeSets: true,
  idleStatistics: 'zero',
  backlog: 'zero',
  secondSession: 'refused',
  renewed: 'numbers',
  shortPoll: 'assigns',
  reopensAfterMs: 90_000,
  afterClose: 'cancelled',
  lateMs: 0,
  busy: 'kept',
  otherWorkflows: 0,
};

export const TOKEN = 'github_pat_1234567890';
const ADMIN = 'admin-jwt';
const QUEUE = 'queue-jwt';
const SESSION_MS = 90_000;

interface Run {
  readonly id: number;
  readonly branch: string;
  readonly begunAt: number;
  isCompleted: boolean;
}

export function gitHubWorld(
  clock: Pick<ManualClock, 'now' | 'advance'>,
  behaviour: Partial<Behaviour> = {},
) {
  const how = { ...USUAL, ...behaviour };
  const branches = new Set(['main', 'work']);
  /** Branches with the workflow. */
  const files = new Set<string>();
  const runs = new Map<number, Run>([
    [7, { id: 7, branch: 'work', begunAt: 0, isCompleted: true }],
  ]);
  const runners = new Map<number, string>([[3, 'build-box']]);
  const sets = new Map<number, string>([[2, 'somebody-elses']]);
  /** When each was last used; one that is not used ends. */
  const sessions = new Map<string, number>();
  let used = 0;
  let etags = 0;
  let last = 100;
  let assigned = 0;
  let closedAt = Number.POSITIVE_INFINITY;
  /** When the runner of that name took its job. */
  let claim: { readonly by: string; readonly at: number } | undefined;

  const shown = (run: Run) => clock.now() >= run.begunAt + how.listedAfterMs;
  const setJobIsCancelled = () =>
    how.afterClose === 'cancelled' && assigned > 0 && clock.now() >= closedAt + 60_000;

  function rest(path: string, { method, query, body, headers }: Received): Answer {
    if (headers.authorization !== `Bearer ${TOKEN}`)
      return said(401, { message: 'Bad credentials' });
    const given = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
    if (path === '') return said(200, { default_branch: 'main' });
    if (path === '/actions/workflows') return said(200, { total_count: how.otherWorkflows });
    if (path === '/git/ref/heads/main') return said(200, { object: { sha: 'abc' } });
    if (path === '/git/refs') {
      branches.add(String(given['ref']).replace('refs/heads/', ''));
      return said(201, {});
    }
    const branch = /^\/git\/refs\/heads\/(.+)$/.exec(path)?.[1];
    if (branch !== undefined) {
      files.delete(branch);
      return branches.delete(branch) ? said(204) : said(422, {});
    }
    if (path.startsWith('/contents/.github/workflows/')) {
      if (method === 'GET') return said(files.has(String(query.get('ref'))) ? 200 : 404, {});
      files.add(String(given['branch']));
      const id = (last += 1);
      runs.set(id, {
        id,
        branch: String(given['branch']),
        begunAt: clock.now(),
        isCompleted: false,
      });
      return said(201, {});
    }
    if (path === '/actions/runs') return listOfRuns(query, headers['if-none-match']);
    const [, run, rest] = /^\/actions\/runs\/(\d+)(.*)$/.exec(path) ?? [];
    if (run !== undefined) return ofRun(Number(run), `${method} ${rest}`);
    if (path === '/actions/runners/registration-token') {
      return how.mayMakeSets
        ? said(201, { token: 'registration' })
        : said(403, { message: 'Forbidden' });
    }
    if (path === '/actions/runners/generate-jitconfig') return made(given);
    if (path === '/actions/runners') {
      const all = [...runners]
        .filter(([, name]) => name === query.get('name'))
        .map(([id, name]) => ({ id, name, status: 'offline', busy: false }));
      return said(200, { total_count: all.length, runners: all });
    }
    const runner = Number(/^\/actions\/runners\/(\d+)$/.exec(path)?.[1]);
    if (method !== 'DELETE' || !runners.has(runner)) return said(404, { message: 'Not Found' });
    if (runners.get(runner) === claim?.by && how.busy === 'kept' && isQueued()) {
      return said(422, { message: 'Runner is currently running a job' });
    }
    // At the second attempt, by the clean-up, it works.
    const isFirst = !refusedOnce.has(runner);
    refusedOnce.add(runner);
    if (how.unused === 'refused' && isFirst) return said(422, { message: 'busy' });
    if (how.unused !== 'listed' || !isFirst) runners.delete(runner);
    return said(204);
  }
  const refusedOnce = new Set<number>();

  function listOfRuns(query: URLSearchParams, known: string | undefined): Answer {
    const found = [...runs.values()].filter((run) => {
      const status = run.isCompleted ? 'completed' : 'queued';
      const isWanted = query.get('status') === null || query.get('status') === status;
      const branch = query.get('branch');
      return shown(run) && isWanted && (branch === null || branch === run.branch);
    });
    const list = found.map(({ id, branch, isCompleted }) => ({
      id,
      head_branch: branch,
      status: isCompleted ? 'completed' : 'queued',
    }));
    const text = JSON.stringify({ total_count: list.length, workflow_runs: list });
    const isLate = found.some(
      ({ begunAt }) => clock.now() < begunAt + how.listedAfterMs + how.etagLateMs,
    );
    const etag = `W/"${how.etag === 'changing' ? (etags += 1) : createHash('sha256').update(text).digest('hex')}"`;
    const isKnown = known !== undefined && (known === etag || isLate);
    if (!isKnown || how.unchanged === 'counted') used += 1;
    used += how.others;
    const headers = {
      ...(how.etag !== 'none' && { etag }),
      ...(how.hasLimit && { 'x-ratelimit-used': String(used) }),
    };
    return isKnown ? { status: 304, headers } : { headers, body: text };
  }

  function ofRun(id: number, what: string): Answer {
    const run = runs.get(id);
    if (run === undefined) return said(404, { message: 'Not Found' });
    if (what === 'GET /jobs') return said(200, { jobs: jobsOf(run) });
    if (what === 'POST /cancel') {
      run.isCompleted = true;
      return said(202, {});
    }
    if (what !== 'DELETE ') return said(404, {});
    return run.isCompleted && runs.delete(id) ? said(204) : said(403, { message: 'not completed' });
  }

  function jobsOf({ branch }: Run) {
    const ended = setJobIsCancelled();
    return [
      {
        name: 'runner',
        ...(claim !== undefined && clock.now() >= claim.at + how.lateMs
          ? { status: 'in_progress', runner_name: claim.by }
          : { status: 'queued', runner_name: null }),
        conclusion: null,
        labels: how.jobLabels ?? ['self-hosted', branch],
      },
      {
        name: 'set',
        status: ended ? 'completed' : 'queued',
        conclusion: ended ? 'cancelled' : null,
        labels: [`${branch}-set`],
      },
    ];
  }

  function made({ name, labels }: Record<string, unknown>): Answer {
    const isThere = [...runners.values()].includes(String(name));
    if (isThere && how.sameName === 'refused') return said(409, { message: 'Already exists' });
    const id = (last += 1);
    runners.set(id, String(name));
    const all = [...(labels as string[]), ...how.addedLabels].map((label) => ({ name: label }));
    return said(201, {
      runner: { id, name, labels: all },
      encoded_jit_config: Buffer.from(String(name)).toString('base64'),
    });
  }

  const isQueued = () => [...runs.values()].some(({ isCompleted }) => !isCompleted);
  const numbers = (isShown: boolean) => ({
    totalAvailableJobs: isShown && isQueued() && assigned === 0 ? 1 : 0,
    totalAssignedJobs: isShown ? assigned : 0,
  });

  function service(path: string, { method, query, body, headers }: Received, url: string): Answer {
    if (path === '/message') {
      if (headers.authorization !== `Bearer ${QUEUE}`) return said(401);
      if (how.shortPoll === 'assigns' && headers['x-scalesetmaxcapacity'] === '1') assigned = 1;
      // The poll would last for 50 s; the caller gives it up.
      clock.advance(2_000);
      return 'hang';
    }
    if (headers.authorization !== `Bearer ${ADMIN}`) return said(401);
    for (const [session, usedAt] of sessions) {
      if (clock.now() - usedAt > SESSION_MS) sessions.delete(session);
    }
    const [, id, session, more] =
      /^\/_apis\/runtime\/runnerscalesets(?:\/(\d+))?(\/sessions)?(?:\/(.+))?$/.exec(path) ?? [];
    if (session !== undefined)
      return ofSession(`${method} ${more === undefined ? '' : 'one'}`, more, url);
    if (id === undefined) {
      if (method === 'POST') {
        const set = (last += 1);
        sets.set(set, (JSON.parse(body) as { name: string }).name);
        return said(200, { id: set });
      }
      const found = [...sets].filter(([, name]) => name === query.get('name'));
      return said(200, { value: found.map(([set, name]) => ({ id: set, name })) });
    }
    // A set with a session is in use.
    if (method === 'DELETE') {
      if (sessions.size > 0) return said(400, { message: 'a session is active' });
      return sets.delete(Number(id)) ? said(204) : said(404);
    }
    const { idleStatistics } = how;
    return said(200, {
      id: Number(id),
      ...(idleStatistics !== 'none' && { statistics: numbers(idleStatistics === 'live') }),
    });
  }

  function ofSession(what: string, id: string | undefined, url: string): Answer {
    const answer = (sessionId: string, statistics: object | undefined) =>
      said(200, {
        sessionId,
        messageQueueUrl: `${url}/message?sig=secret`,
        messageQueueAccessToken: QUEUE,
        ...(statistics && { statistics }),
      });
    if (what === 'POST ') {
      const isClosing = clock.now() < closedAt + how.reopensAfterMs && clock.now() >= closedAt;
      if ((sessions.size > 0 && how.secondSession === 'refused') || isClosing) {
        return said(409, { message: 'already has an active session' });
      }
      sessions.clear();
      const session = `session-${(last += 1)}`;
      sessions.set(session, clock.now());
      if (closedAt < clock.now() && how.afterClose !== 'kept')
        assigned = how.afterClose === 'returned' ? 0 : assigned;
      return answer(
        session,
        how.backlog === 'none' ? undefined : numbers(how.backlog === 'shown' || assigned > 0),
      );
    }
    if (id === undefined || !sessions.has(id)) return said(404);
    if (what === 'PATCH one')
      return answer(id, how.renewed === 'numbers' ? numbers(true) : undefined);
    sessions.delete(id);
    closedAt = clock.now();
    return said(204);
  }

  return {
    /** Answers as a server at this address, whose API is that of an Enterprise Server. */
    answer(request: Received, url: string): Answer {
      const { path } = request;
      if (path === '/api/v3/actions/runner-registration') {
        return request.headers.authorization === 'RemoteAuth registration'
          ? said(200, { url: `${url}/`, token: ADMIN })
          : said(401);
      }
      const inRepository = /^\/api\/v3\/repos\/acme\/probe(.*)$/.exec(path)?.[1];
      return inRepository === undefined ? service(path, request, url) : rest(inRepository, request);
    },
    /** The runner with this config connects, and is given the job. */
    claim(jitConfig: string): void {
      claim = { by: Buffer.from(jitConfig, 'base64').toString(), at: clock.now() };
    },
    /** All that is there, of the probe and of others. */
    left: () => ({
      branches: [...branches],
      runs: [...runs.keys()],
      runners: [...runners.values()],
      sets: [...sets.values()],
      sessions: [...sessions.keys()],
    }),
  };
}

/** What others have made, which has to be there in the end. */
export const OF_OTHERS = {
  branches: ['main', 'work'],
  runs: [7],
  runners: ['build-box'],
  sets: ['somebody-elses'],
  sessions: [],
};

function said(status: number, body?: object): Answer {
  return { status, ...(body && { body: JSON.stringify(body) }) };
}
